//! Activations as steps of their own, and softmax.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::Emit;
use crate::function::Function;
use crate::size::Shape;
use crate::vocabulary::Takes;

use super::int8::{Allows, AtTheEnd, AtTheStart, Call, How, Observed, Part, Parts, Taken};
use super::{Constant, Definition, Descriptor, Int8, Operation, Rules, Sizes, Word};

/// They are the words of `vocabulary::ACTIVATIONS`.
pub(super) const WORDS: &[Word] = &[];

/// An element-wise function.
#[derive(Clone)]
pub(crate) struct Activation(pub(crate) Function);

#[derive(Clone)]
pub(crate) struct Softmax;

/// The step that an activation is.
pub(crate) fn operation(function: &Function) -> Operation {
    if function.is_softmax() { Softmax.into() } else { Activation(function.clone()).into() }
}

impl Definition for Activation {
    fn name(&self) -> &str {
        self.0.type_name()
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn function(&self) -> Option<&Function> {
        Some(&self.0)
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::of_function(&self.0)]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, function) = (&emit.paths.model, emit.graph_function(&self.0));
        quote!(#model::graph::Operation::Activation(#function))
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width, function) = (&emit.paths.layer, emit.argument(sizes.from()), emit.function(&self.0));
        Some(Descriptor::new(quote!(#layer::Activate<#width, #function>), &TokenStream::new()))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Activation {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn at_the_end(&self) -> AtTheEnd {
        AtTheEnd::FromReals
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, function, Parts { int8, from, to, .. }) = (of.field(), of.items.function(&self.0), of);
        match of.how {
            How::Start | How::End => Vec::new(),
            How::Bytes | How::Edge(_) => of.one(
                quote!(#int8::Table),
                quote!(#int8::Table::set(&mut self.#field, <#function as __activation::Activation>::value::<::core::primitive::f64>, #(#from)*, #to);),
            ),
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, function) = (&call.int8, call.items.function(&self.0));
        match call.how {
            How::Start | How::End => {
                let (from, to) = (call.real(0), call.to_real());
                quote!(#to = #from; #int8::activate::<#function, _>(&mut #to);)
            }
            How::Bytes | How::Edge(_) => {
                let (part, from, to) = (call.part(), call.bytes(0), call.to_bytes());
                quote!(#int8::Table::forward(&self.#part, &#from, &mut #to);)
            }
        }
    }
}

impl Definition for Softmax {
    fn name(&self) -> &str {
        "Softmax"
    }

    fn takes(&self) -> Takes {
        Takes::Vector
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        rules.softmax(&inputs[0]).then(|| inputs[0].clone())
    }

    fn function(&self) -> Option<&Function> {
        Some(&Function::SOFTMAX)
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let model = &emit.paths.model;
        quote!(#model::graph::Operation::Softmax)
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::Softmax<#width>), &TokenStream::new()))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Softmax {
    fn at_the_end(&self) -> AtTheEnd {
        AtTheEnd::FromEither
    }

    fn takes(&self, _: &Sizes, taken: &Taken<'_>) -> Allows {
        if taken.gives_reals { Allows::Free } else { Allows::Common }
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, Parts { int8, from, .. }) = (of.field(), of);
        match of.how {
            How::Start | How::End => Vec::new(),
            How::Bytes | How::Edge(_) => of.one(quote!(#int8::Softmax), quote!(#int8::Softmax::set(&mut self.#field, #(#from)*);)),
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, layer) = (&call.int8, &call.emit.paths.layer);
        match call.how {
            How::Start | How::End => {
                let (from, to) = (call.real(0), call.to_real());
                quote!(#to = #layer::softmax(&#from);)
            }
            How::Bytes | How::Edge(_) => {
                let (part, from, to) = (call.part(), call.bytes(0), call.to_bytes());
                quote!(#int8::Softmax::forward(&self.#part, &#from, &mut #to);)
            }
        }
    }

    fn observe(&self, of: &Observed<'_>) -> Option<TokenStream> {
        Some(of.all_of_0_to_1())
    }
}
