//! Normalisations of each row by itself: `LayerNorm` (Ba 2016), and `RmsNorm` (Zhang 2019), Keras's `RMSNormalization`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::emit::{Emit, size::number};
use crate::number::Number;
use crate::size::Shape;
use crate::vocabulary::{Argument, ArgumentKind, Default, POSITIVE, Takes, optional};

use super::int8::{Allows, AtTheStart, Call, How, Part, Parts};
use super::{Constant, ConstantValue, Definition, Descriptor, Given, Int8, Kind, Product, Rules, Sizes, Tensor, Word};

/// Keras's default of `BatchNormalization` and `LayerNormalization`.
pub(super) const EPSILON: Argument = optional("epsilon", ArgumentKind::Number(POSITIVE), Default::Number(1e-3), "0.001");

pub(super) const WORDS: &[Word] = &[
    Word::new("LayerNorm", Takes::Reals, &[EPSILON], |given| bind(given, &["gamma", "beta"]))
        .or(&["LayerNormalization"])
        .says("normalises each row, or each pixel, by its mean and variance"),
    Word::new(
        "RmsNorm",
        Takes::Reals,
        &[optional("epsilon", ArgumentKind::Number(POSITIVE), Default::Number(1e-6), "0.000001")],
        |given| bind(given, &["scale"]),
    )
    .or(&["RMSNormalization"])
    .says("divides each row, or each pixel, by the root of its mean square"),
];

#[derive(Clone)]
pub(crate) struct RowNorm {
    /// Its types in the runtime are called by its word.
    word: &'static Word,
    tensors: &'static [&'static str],
    epsilon: Number,
}

fn bind(given: &mut Given<'_, '_, '_>, tensors: &'static [&'static str]) -> Kind {
    RowNorm { word: given.word, tensors, epsilon: given.number("epsilon") }.into()
}

impl RowNorm {
    fn type_name(&self) -> Ident {
        Ident::new(self.word.name, Span::call_site())
    }
}

impl Definition for RowNorm {
    fn name(&self) -> &str {
        self.word.name
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        self.tensors.iter().map(|field| Tensor::trained(field, &[sizes.channels()])).collect()
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.channels()));
        let name = format_ident!("{}Parameters", self.word.name);
        quote!(#layer::#name<#channels, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::predicting("epsilon", ConstantValue::Number(self.epsilon.clone()))]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, name, epsilon) = (&emit.paths.model, self.type_name(), number(&self.epsilon));
        quote!(#model::graph::Operation::#name { epsilon: #epsilon })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, name, width) = (&emit.paths.layer, self.type_name(), emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::#name<#width>), &number(&self.epsilon)))
    }

    fn keeps(&self) -> bool {
        true
    }

    fn is_along_channels(&self) -> bool {
        true
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl RowNorm {
    /// The type of its form in eight bits, and of that in `f32` where the model begins.
    fn int8_type(&self, how: &How) -> Ident {
        match how {
            How::Start => format_ident!("Real{}", self.word.name),
            How::Bytes | How::End | How::Edge(_) => self.type_name(),
        }
    }
}

impl Int8 for RowNorm {
    // What a row's values have in common is lost in bytes.
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Allows::Free
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, epsilon, name) = (of.field(), number(&self.epsilon), self.int8_type(&of.how));
        let Parts { int8, slot, taken, from, to_each, .. } = of;
        let scales = match of.how {
            How::Start => quote!(),
            How::Bytes | How::End | How::Edge(_) => quote!(, #(#from)*, #to_each),
        };
        of.one(quote!(#int8::#name<#taken>), quote!(#int8::#name::set(&mut self.#field, &__float.#slot, #epsilon #scales);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, name) = (&call.int8, call.part(), self.int8_type(&call.how));
        let (from, to) = match call.how {
            How::Start => (call.real(0), call.to_real()),
            How::Bytes | How::End | How::Edge(_) => (call.bytes(0), call.to_bytes()),
        };
        quote!(#int8::#name::forward(&self.#part, &#from, &mut #to);)
    }
}
