//! `LayerNorm`: normalises each row by its own mean and variance (Ba 2016).

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::emit::{Emit, size::number};
use crate::number::Number;
use crate::size::{Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, POSITIVE, Takes, optional};

use super::int8::{Allows, AtTheStart, Call, How, Part, Parts};
use super::{Constant, ConstantValue, Definition, Descriptor, Int8, Product, Rules, Sizes, Tensor, Word};

/// Keras's default of `BatchNormalization` and `LayerNormalization`.
pub(super) const EPSILON: Argument = optional("epsilon", ArgumentKind::Number(POSITIVE), Default::Number(1e-3), "0.001");

pub(super) const WORDS: &[Word] =
    &[Word::new("LayerNorm", Takes::Reals, &[EPSILON], |given| LayerNorm { epsilon: given.number("epsilon") }.into()).says(
"by the mean and variance of each row, or of each pixel").or(&["LayerNormalization"])];

#[derive(Clone)]
pub(crate) struct LayerNorm {
    pub(crate) epsilon: Number,
}

impl Definition for LayerNorm {
    fn name(&self) -> &str {
        "LayerNorm"
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        ["gamma", "beta"].map(|field| Tensor::trained(field, &[sizes.channels()])).into()
    }

    fn ends(&self, sizes: &Sizes) -> (Dim, Dim) {
        (sizes.channels().clone(), sizes.channels().clone())
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.channels()));
        quote!(#layer::LayerNormParameters<#channels, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::predicting("epsilon", ConstantValue::Number(self.epsilon.clone()))]
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::LayerNorm<#width>), &number(&self.epsilon)))
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

impl Int8 for LayerNorm {
    // What a row's values have in common is lost in bytes.
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Allows::Free
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, epsilon, Parts { int8, slot, taken, from, to_each, .. }) = (of.field(), number(&self.epsilon), of);
        match of.how {
            How::Start => of.one(
                quote!(#int8::RealLayerNorm<#taken>),
                quote!(#int8::RealLayerNorm::set(&mut self.#field, &__float.#slot, #epsilon);),
            ),
            How::Bytes | How::End | How::Edge(_) => of.one(
                quote!(#int8::LayerNorm<#taken>),
                quote!(#int8::LayerNorm::set(&mut self.#field, &__float.#slot, #epsilon, #(#from)*, #to_each);),
            ),
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part) = (&call.int8, call.part());
        match call.how {
            How::Start => {
                let (part, from, to) = (format_ident!("p{}", call.number), call.real(0), call.to_real());
                quote!(#int8::RealLayerNorm::forward(&self.#part, &#from, &mut #to);)
            }
            How::Bytes | How::End | How::Edge(_) => {
                let (from, to) = (call.bytes(0), call.to_bytes());
                quote!(#int8::LayerNorm::forward(&self.#part, &#from, &mut #to);)
            }
        }
    }
}
