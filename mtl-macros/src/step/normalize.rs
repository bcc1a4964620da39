//! Steps that go by what `adapt` measured on data, and fill in what is missing. `Normalize`: mean 0 and variance 1; Keras's `Normalization`. `Impute`: the
//! mean in the place of what is missing. `Robust`: median and quartiles, smoothly clipped; of `RealMLP` (Holzmüller 2024).

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use crate::emit::Emit;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, Takes, optional};

use super::int8::{Allows, AtTheStart, Call, How, Part, Parts, Taken};
use super::{Constant, ConstantValue, Definition, Descriptor, Folding, Given, Int8, Kind, Product, Rules, Sizes, Tensor, Word};

const INDICATOR: Argument = optional("indicator", ArgumentKind::Boolean, Default::Boolean(false), "true");

pub(super) const WORDS: &[Word] = &[
    Word::new("Normalize", Takes::Reals, &[INDICATOR], |given| {
        Normalize::bind(given, Measured::Normalize)
    })
    .says(
        "takes mean and variance from the data, once, and gives 0 for a constant and for what is missing; `indicator` appends 1 or 0 for each column \
         that may be missing",
    )
    .or(&["Normalization"]),
    Word::new("Impute", Takes::Reals, &[INDICATOR], |given| {
        Normalize::bind(given, Measured::Impute)
    })
    .says("puts the mean of the data in the place of what is missing, and leaves the scale; `indicator` as of `Normalize`"),
    Word::new("Robust", Takes::Reals, &[INDICATOR], |given| Normalize::bind(given, Measured::Robust)).says(
        "for long tails: takes median and quartiles from the data, once, gives `z / √(1 + (z/3)²)` of `z = (x − median) / (q₇₅ − q₂₅)`, and 0 for a constant \
         and for what is missing; `indicator` as of `Normalize` (Holzmüller 2024)",
    ),
];

/// What is done with what is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Measured {
    Normalize,
    Impute,
    Robust,
}

/// A step that goes by what is measured of its values, and fills in what is missing.
#[derive(Clone)]
pub(crate) struct Normalize {
    measured: Measured,
    indicator: bool,
    /// Which columns of the input may be missing; empty where none may.
    optional: Vec<bool>,
}

impl Normalize {
    fn bind(given: &mut Given<'_, '_, '_>, measured: Measured) -> Kind {
        Self { measured, indicator: given.boolean("indicator"), optional: Vec::new() }.into()
    }

    /// Which columns may be missing, as an array.
    fn flags(&self) -> TokenStream {
        let optional = &self.optional;
        quote!([#(#optional),*])
    }

    /// It changes values that are not missing.
    fn is_scaled(&self) -> bool {
        self.measured != Measured::Impute
    }

    /// Nothing that it takes may be missing: it goes along the channels of any value.
    fn is_plain(&self) -> bool {
        self.optional.is_empty()
    }

    /// It multiplies and adds, and does nothing else.
    fn is_affine(&self) -> bool {
        self.is_plain() && self.measured != Measured::Robust
    }
}

impl Definition for Normalize {
    fn name(&self) -> &str {
        match self.measured {
            Measured::Normalize => "Normalize",
            Measured::Impute => "Impute",
            Measured::Robust => "Robust",
        }
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        self.optional = rules.optional(0).unwrap_or_default();
        if self.is_plain() && (self.indicator || !self.is_scaled()) {
            let (written, value, flow) = (rules.written().to_owned(), rules.value(0), rules.trail(0));
            let what = if self.is_scaled() { "indicates" } else { "fills in" };
            let instead = if self.is_scaled() { format!("or write `{written}` alone") } else { "or take this step out".to_owned() };
            let fault = format!("`{written}` {what} what is missing, and nothing of {value} may be");
            rules.report_flow(None, &fault, &flow, &format!("mark the columns of an input that may be missing, `input person: {{ age, income? }};`, {instead}"));
            return None;
        }
        let indicators = self.optional.iter().filter(|&&optional| optional && self.indicator).count();
        match &inputs[0] {
            Shape::Real(dims) if indicators > 0 => rules.real(vec![size::sum(&[dims[0].clone(), Dim::Literal(indicators)])]),
            shape => Some(shape.clone()),
        }
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        let indicator = self.indicator.then(|| Constant::predicting("indicator", ConstantValue::Boolean(true)));
        let optional = (!self.is_plain()).then(|| {
            let numbers = self.optional.iter().enumerate().filter(|(_, optional)| **optional).map(|(number, _)| number.to_string());
            Constant::predicting("may be missing", ConstantValue::Text(numbers.collect::<Vec<_>>().join(", ")))
        });
        indicator.into_iter().chain(optional).collect()
    }

    fn fills_in(&self) -> bool {
        true
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        let fields = if self.measured == Measured::Robust { ["median", "factor"] } else { ["mean", "variance"] };
        fields.map(|field| Tensor::measured(field, &[sizes.channels()])).into()
    }

    fn adapts(&self) -> bool {
        true
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.channels()));
        match self.measured {
            Measured::Normalize | Measured::Impute => quote!(#layer::NormalizeParameters<#channels, #scalar>),
            Measured::Robust => quote!(#layer::RobustParameters<#channels, #scalar>),
        }
    }

    fn doc(&self, sizes: &Sizes, count: &str) -> String {
        let what = match self.measured {
            Measured::Normalize => "Mean and variance",
            Measured::Impute => "What is filled in",
            Measured::Robust => "Median and factor",
        };
        format!("{what} of {} values, {count} parameters.", crate::emit::size::words(sizes.channels()))
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        if self.is_scaled() { vec![Product::scaling(&[sizes.from()])] } else { Vec::new() }
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        if self.measured == Measured::Robust { quote!(0) } else { stack_along_channels(sizes, emit) }
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, name, optional, indicator) = (&emit.paths.model, Ident::new(self.name(), Span::call_site()), &self.optional, self.indicator);
        quote!(#model::graph::Operation::#name(#model::graph::Missing { optional: &[#(#optional),*], indicator: #indicator }))
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        if self.measured == Measured::Robust {
            let (output, flags) = (emit.argument(&sizes.output.size), self.flags());
            let kind = quote!(#layer::Robust<#width, #output>);
            let value = if self.is_plain() { quote!(const { <#kind>::complete() }) } else { quote!(const { <#kind>::new(#flags) }) };
            return Some(Descriptor { kind, value, is_own: false });
        }
        if !self.is_plain() {
            let (output, flags, is_scaled) = (emit.argument(&sizes.output.size), self.flags(), self.is_scaled());
            return Some(Descriptor::new(quote!(#layer::Impute<#width, #output>), &quote!(#flags, #is_scaled)));
        }
        Some(Descriptor::new(quote!(#layer::Normalize<#width>), &TokenStream::new()))
    }

    fn is_along_channels(&self) -> bool {
        self.is_plain()
    }

    fn folding(&self) -> Folding {
        if self.is_affine() { Folding::Normalization } else { Folding::No }
    }

    fn affine(&self, _: &Sizes, method: &Ident, reference: &TokenStream, parameters: &TokenStream, emit: &Emit<'_>) -> TokenStream {
        let layer = &emit.paths.layer;
        quote!(#layer::NormalizeParameters::#method(#reference #parameters))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        if self.is_affine() { Some(&Affine) } else { Some(self) }
    }
}

/// The form of a step that fills in or clips: real numbers from the input on, before they become bytes.
impl Int8 for Normalize {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn is_at_the_start_alone(&self) -> bool {
        true
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, is_scaled, Parts { int8, slot, taken, .. }) = (of.field(), self.is_scaled(), of);
        if self.measured == Measured::Robust {
            return of.one(quote!(#int8::RealRobust<#taken>), quote!(#int8::RealRobust::set(&mut self.#field, &__float.#slot);));
        }
        of.one(quote!(#int8::RealImpute<#taken>), quote!(#int8::RealImpute::set(&mut self.#field, &__float.#slot, #is_scaled);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, flags, from, to) = (&call.int8, call.part(), self.flags(), call.real(0), call.to_real());
        if self.measured == Measured::Robust {
            let flags = if self.is_plain() { quote!([false; _]) } else { flags };
            return quote!(#int8::RealRobust::forward(&self.#part, &#flags, &#from, &mut #to););
        }
        quote!(#int8::RealImpute::forward(&self.#part, &#flags, &#from, &mut #to);)
    }
}

/// The form in eight bits of a normalisation that is affine when predicting.
pub(super) struct Affine;

impl Int8 for Affine {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::May
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Allows::Free
    }

    // It goes along the last axis.
    fn takes(&self, sizes: &Sizes, taken: &Taken<'_>) -> Allows {
        sizes.input().last().map_or(Allows::Common, |channels| taken.along(channels, Allows::Free))
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, Parts { int8, slot, affine, taken, from_each, to_each, .. }) = (of.field(), of);
        let parameters = quote!(let mut __parameters = __float.#slot; let __affine = #affine;);
        match of.how {
            How::Start => of.one(quote!(#int8::RealAffine<#taken>), quote!(#parameters #int8::RealAffine::set(&mut self.#field, &__affine);)),
            How::Edge(_) => of.one(quote!(#int8::Normalizer<#taken>), quote!(#parameters #int8::Normalizer::set(&mut self.#field, &__affine, #to_each);)),
            How::Bytes | How::End => of.one(
                quote!(#int8::Combination<#taken, 1>),
                quote!(#parameters #int8::Combination::set_affine(&mut self.#field, &__affine, #(#from_each)*, #to_each);),
            ),
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part) = (&call.int8, call.part());
        match &call.how {
            How::Start => {
                let (from, to) = (call.real(0), call.to_real());
                quote!(#int8::RealAffine::forward(&self.#part, &#from, &mut #to);)
            }
            How::Edge(numbers) => {
                let to = call.to_bytes();
                match &call.to_low {
                    Some(low) => quote!(#int8::Normalizer::forward_low(&self.#part, #numbers, &mut #to, &mut __values.#low);),
                    None => quote!(#int8::Normalizer::forward(&self.#part, #numbers, &mut #to);),
                }
            }
            How::Bytes | How::End => {
                let (from, to) = (call.bytes(0), call.to_bytes());
                quote!(#int8::Combination::forward(&self.#part, [&#from], &mut #to);)
            }
        }
    }
}

/// A factor and a centre for every channel, kept while the pixels go by.
pub(super) fn stack_along_channels(sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
    if sizes.input().len() < 2 {
        return quote!(0);
    }
    let (channels, scalar) = (emit.argument(sizes.channels()), emit.scalar);
    quote!(2usize * #channels * ::core::mem::size_of::<#scalar>())
}
