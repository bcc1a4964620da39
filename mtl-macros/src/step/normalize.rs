//! `Normalize`: mean 0 and variance 1 by what `adapt` measured on data; Keras's `Normalization`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::Emit;
use crate::size::{Dim, Shape};
use crate::vocabulary::Takes;

use super::{Definition, Descriptor, Folding, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[Word::new("Normalize", Takes::Reals, &[], |_| Normalize.into()).or(&["Normalization"])];

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

    fn ends(&self, sizes: &Sizes) -> (Dim, Dim) {
        (sizes.channels().clone(), sizes.channels().clone())
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

    fn int8(&self) -> Option<Int8> {
        Int8::ANY
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
