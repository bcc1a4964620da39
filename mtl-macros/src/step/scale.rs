//! `Scale`: a factor for each value that is trained; the scaling layer of `RealMLP` (Holzmüller 2024).

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::Emit;
use crate::size::Shape;
use crate::vocabulary::Takes;

use super::normalize::Affine;
use super::{Definition, Descriptor, Folding, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[Word::new("Scale", Takes::Reals, &[], |_| Scale.into())
    .says("a trained factor for each value, 1 at the start; of images along the channels (the scaling layer of RealMLP, Holzmüller 2024)")];

#[derive(Clone)]
pub(crate) struct Scale;

impl Definition for Scale {
    fn name(&self) -> &str {
        "Scale"
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

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.channels()));
        quote!(#layer::ScaleParameters<#channels, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let model = &emit.paths.model;
        quote!(#model::graph::Operation::Scale)
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::Scale<#width>), &TokenStream::new()))
    }

    fn is_along_channels(&self) -> bool {
        true
    }

    fn folding(&self) -> Folding {
        Folding::Normalization
    }

    fn affine(&self, _: &Sizes, method: &Ident, reference: &TokenStream, parameters: &TokenStream, emit: &Emit<'_>) -> TokenStream {
        let layer = &emit.paths.layer;
        quote!(#layer::ScaleParameters::#method(#reference #parameters))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(&Affine)
    }
}
