//! `RmsNorm`: divides each row by the root of its mean square (Zhang 2019); Keras's `RMSNormalization`.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::emit::{Emit, size::number};
use crate::number::Number;
use crate::size::{Dim, Shape};
use crate::vocabulary::{ArgumentKind, Default, POSITIVE, Takes, optional};

use super::int8::{Allows, AtTheStart, Call, How, Part, Parts};
use super::{Constant, ConstantValue, Definition, Descriptor, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[Word::new(
    "RmsNorm",
    Takes::Reals,
    &[optional("epsilon", ArgumentKind::Number(POSITIVE), Default::Number(1e-6), "0.000001")],
    |given| RmsNorm { epsilon: given.number("epsilon") }.into(),
)
.or(&["RMSNormalization"])
.says("by the root of the mean square of each row, or of each pixel")];

#[derive(Clone)]
pub(crate) struct RmsNorm {
    epsilon: Number,
}

impl Definition for RmsNorm {
    fn name(&self) -> &str {
        "RmsNorm"
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        vec![Tensor::trained("scale", &[sizes.channels()])]
    }

    fn ends(&self, sizes: &Sizes) -> (Dim, Dim) {
        (sizes.channels().clone(), sizes.channels().clone())
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.channels()));
        quote!(#layer::RmsNormParameters<#channels, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::predicting("epsilon", ConstantValue::Number(self.epsilon.clone()))]
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::RmsNorm<#width>), &number(&self.epsilon)))
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

impl Int8 for RmsNorm {
    // As of `LayerNorm`: a row of small numbers beside rows of large ones has no digits left in bytes.
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Allows::Free
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, epsilon, Parts { int8, slot, taken, from, to_each, .. }) = (of.field(), number(&self.epsilon), of);
        match of.how {
            How::Start => {
                of.one(quote!(#int8::RealRmsNorm<#taken>), quote!(#int8::RealRmsNorm::set(&mut self.#field, &__float.#slot, #epsilon);))
            }
            How::Bytes | How::End | How::Edge(_) => of.one(
                quote!(#int8::RmsNorm<#taken>),
                quote!(#int8::RmsNorm::set(&mut self.#field, &__float.#slot, #epsilon, #(#from)*, #to_each);),
            ),
        }
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part) = (&call.int8, format_ident!("p{}", call.number));
        match call.how {
            How::Start => {
                let (from, to) = (call.real(0), call.to_real());
                quote!(#int8::RealRmsNorm::forward(&self.#part, &#from, &mut #to);)
            }
            How::Bytes | How::End | How::Edge(_) => {
                let (from, to) = (call.bytes(0), call.to_bytes());
                quote!(#int8::RmsNorm::forward(&self.#part, &#from, &mut #to);)
            }
        }
    }
}
