//! The steps that join values: `Concat`, and place by place `Add`, `Multiply`, `Average` and `Maximum`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::emit::Emit;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::Takes;

use super::int8::{Allows, AtTheStart, Call, How, Part, Parts, Taken};
use super::{Backward, Definition, Forward, Int8, Rules, Sizes, Word};

pub(super) const WORDS: &[Word] = &[
    Word::new("Concat", Takes::Several, &[], |_| Concat.into()).says(
"after a tuple of two values or more: one after the other").or(&["Concatenate"]),
    Word::new("Add", Takes::Several, &[], |_| Merge::Add.into()).says(
"after a tuple of values of one shape: place by place"),
    Word::new("Multiply", Takes::Several, &[], |_| Merge::Multiply.into()),
    Word::new("Average", Takes::Several, &[], |_| Merge::Average.into()),
    Word::new("Maximum", Takes::Several, &[], |_| Merge::Maximum.into()),
];

/// The values one after the other.
#[derive(Clone)]
pub(crate) struct Concat;

/// Values of one shape, place by place.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Merge {
    Add,
    Multiply,
    Average,
    Maximum,
}

impl Definition for Concat {
    fn name(&self) -> &str {
        "Concat"
    }

    fn takes(&self) -> Takes {
        Takes::Several
    }

    fn joins(&self) -> bool {
        true
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        for (number, shape) in inputs.iter().enumerate() {
            if shape.dims().len() > 1 {
                let fault = format!("`{}` joins vectors, but {} is {}", rules.written(), rules.value(number), shape.text());
                let flow = format!("{} -> {}", rules.trail(number), rules.written());
                rules.report_flow(None, &fault, &flow, "put `-> Flatten` after it in the tuple");
                return None;
            }
        }
        let widths: Vec<Dim> = inputs.iter().flat_map(Shape::dims).cloned().collect();
        let sum = size::sum(&widths);
        if size::is_generic(&sum) {
            rules.no_arithmetic(&widths, "the sum", " + ");
            return None;
        }
        rules.real(vec![sum])
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let model = &emit.paths.model;
        quote!(#model::graph::Operation::Concat)
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let (layer, scalar, width, to) = (&call.emit.paths.layer, call.emit.scalar, call.emit.argument(&call.sizes.output.size), &call.output);
        let parts = call.inputs.iter().zip(&call.offsets).zip(&call.sizes.inputs).map(|((from, offset), part)| {
            let part = call.emit.argument(&part.size);
            quote!(#layer::merge::concat_part::<#scalar, #part, #width>(&#from, #offset, &mut #to);)
        });
        parts.collect()
    }

    fn backward(&self, call: &Backward<'_>) -> TokenStream {
        let (layer, scalar, width, given) = (&call.emit.paths.layer, call.emit.scalar, call.emit.argument(&call.sizes.output.size), &call.given);
        let parts = call.needed().map(|(number, sink)| {
            let (part, offset) = (call.emit.argument(&call.sizes.inputs[number].size), &call.offsets[number]);
            quote!(#layer::merge::concat_part_gradient::<#scalar, #part, #width>(&#given, #offset, #sink);)
        });
        parts.collect()
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Concat {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::May
    }

    fn joins(&self) -> bool {
        true
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Allows::Free
    }

    fn takes(&self, _: &Sizes, taken: &Taken<'_>) -> Allows {
        if taken.is_joined { Allows::Free } else { Allows::Common }
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (number, Parts { int8, to, path, from_each, is_joined, .. }) = (of.number, of);
        if let How::Start = of.how {
            return Vec::new();
        }
        let part = |(part, from): (usize, &TokenStream)| {
            let field = format_ident!("p{number}_{part}");
            let to = if *is_joined { quote!(::core::option::Option::None) } else { quote!(::core::option::Option::Some(#to)) };
            let set = quote!(#int8::Combination::set_place(&mut self.#field, #from, #to););
            Part { field, kind: quote!(#int8::Combination<1, 1>), path: format!("{path}{part}."), set }
        };
        from_each.iter().enumerate().map(part).collect()
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, number) = (&call.int8, call.number);
        let parts = call.offsets.iter().enumerate().map(|(part, offset)| match call.how {
            How::Start => {
                let (from, to) = (call.real(part), call.to_real());
                quote!(#int8::place_reals(&#from, #offset, &mut #to);)
            }
            How::Bytes | How::End | How::Edge(_) => {
                let (field, from, to) = (format_ident!("p{number}_{part}"), call.bytes(part), call.to_bytes());
                quote!(#int8::Combination::place(&self.#field, &#from, #offset, &mut #to);)
            }
        });
        parts.collect()
    }
}

impl Merge {
    /// The function of the runtime; its gradient is called so with `_gradient` behind it.
    fn called(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Multiply => "multiply",
            Self::Average => "average",
            Self::Maximum => "maximum",
        }
    }
}

impl Definition for Merge {
    fn name(&self) -> &str {
        match self {
            Self::Add => "Add",
            Self::Multiply => "Multiply",
            Self::Average => "Average",
            Self::Maximum => "Maximum",
        }
    }

    fn takes(&self) -> Takes {
        Takes::Several
    }

    fn joins(&self) -> bool {
        true
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let shapes: Vec<Vec<Dim>> = inputs.iter().map(|shape| shape.dims().to_vec()).collect();
        rules.one_shape("joins", &shapes, "give both the same width, or join them with `Concat`")?;
        Some(inputs[0].clone())
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        stack_of_list(sizes, emit)
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, name) = (&emit.paths.model, Ident::new(Definition::name(self), Span::call_site()));
        quote!(#model::graph::Operation::#name)
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let (layer, function) = (&call.emit.paths.layer, Ident::new(self.called(), Span::call_site()));
        let Forward { inputs, output, .. } = call;
        quote!(#layer::merge::#function([#(&#inputs),*], &mut #output);)
    }

    fn backward(&self, call: &Backward<'_>) -> TokenStream {
        let (layer, function) = (&call.emit.paths.layer, format_ident!("{}_gradient", self.called()));
        let Backward { inputs, given, .. } = call;
        let parts = call.needed().map(|(part, sink)| quote!(#layer::merge::#function([#(&#inputs),*], #part, &#given, #sink);));
        parts.collect()
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Merge {
    // The product of more differences of bytes than these does not fit into 32 bits.
    fn most_inputs(&self) -> usize {
        if *self == Self::Multiply { 3 } else { usize::MAX }
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (count, field, Parts { int8, from, to, .. }) = (of.from.len(), of.field(), of);
        match self {
            Self::Add => of.one(quote!(#int8::Combination<1, #count>), quote!(#int8::Combination::set_sum(&mut self.#field, 1.0, [#(#from),*], #to);)),
            Self::Average => of.one(
                quote!(#int8::Combination<1, #count>),
                quote!(#int8::Combination::set_sum(&mut self.#field, 1.0 / #count as ::core::primitive::f64, [#(#from),*], #to);),
            ),
            Self::Multiply => of.one(quote!(#int8::Product<#count>), quote!(#int8::Product::set(&mut self.#field, [#(#from),*], #to);)),
            Self::Maximum => of.one(quote!(#int8::Maximum<#count>), quote!(#int8::Maximum::set(&mut self.#field, [#(#from),*], #to);)),
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, inputs, to) = (&call.int8, call.part(), call.all_bytes(), call.to_bytes());
        let kind = match self {
            Self::Add | Self::Average => quote!(Combination),
            Self::Multiply => quote!(Product),
            Self::Maximum => quote!(Maximum),
        };
        quote!(#int8::#kind::forward(&self.#part, [#(&#inputs),*], &mut #to);)
    }

    fn stack(&self, call: &Call<'_>) -> TokenStream {
        call.stack_of_list()
    }
}

/// A list of where the values are.
pub(super) fn stack_of_list(sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
    let (mtl, count) = (emit.mtl, sizes.inputs.len());
    quote!(#mtl::__private::stack::of_merge(#count))
}
