//! `Normalize`: mean 0 and variance 1 by what `adapt` measured on data; Keras's `Normalization`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::Emit;
use crate::size::Shape;
use crate::vocabulary::Takes;

use super::int8::{Allows, AtTheStart, Call, How, Part, Parts, Taken};
use super::{Definition, Descriptor, Folding, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[Word::new("Normalize", Takes::Reals, &[], |_| Normalize.into()).says(
"takes mean and variance from the data, once, and gives 0 for a constant").or(&["Normalization"])];

#[derive(Clone)]
pub(crate) struct Normalize;

impl Definition for Normalize {
    fn name(&self) -> &str {
        "Normalize"
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        ["mean", "variance"].map(|field| Tensor::measured(field, &[sizes.channels()])).into()
    }

    fn adapts(&self) -> bool {
        true
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.channels()));
        quote!(#layer::NormalizeParameters<#channels, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        stack_along_channels(sizes, emit)
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::Normalize<#width>), &TokenStream::new()))
    }

    fn is_along_channels(&self) -> bool {
        true
    }

    fn folding(&self) -> Folding {
        Folding::Normalization
    }

    fn affine(&self, _: &Sizes, method: &Ident, reference: &TokenStream, parameters: &TokenStream, emit: &Emit<'_>) -> TokenStream {
        let layer = &emit.paths.layer;
        quote!(#layer::NormalizeParameters::#method(#reference #parameters))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(&Affine)
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
