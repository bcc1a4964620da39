//! `Standardize`: what `targets: standardized` puts at the end of a head; from standard units to those of the target. It is no word of the language.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::Emit;
use crate::size::Shape;

use super::int8::{AtTheEnd, Call, Part, Parts};
use super::{Definition, Descriptor, Folding, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[];

#[derive(Clone)]
pub(crate) struct Standardize;

impl Definition for Standardize {
    fn name(&self) -> &str {
        "Standardize"
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        ["mean", "variance"].map(|field| Tensor::measured(field, &[sizes.from()])).into()
    }

    fn follows_loss(&self) -> bool {
        true
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, width) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.from()));
        quote!(#layer::StandardizeParameters<#width, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let model = &emit.paths.model;
        quote!(#model::graph::Operation::Standardize)
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::Standardize<#width>), &TokenStream::new()))
    }

    // The loss asks for the units.
    fn keeps(&self) -> bool {
        true
    }

    fn folding(&self) -> Folding {
        Folding::Normalization
    }

    fn affine(&self, _: &Sizes, method: &Ident, reference: &TokenStream, parameters: &TokenStream, emit: &Emit<'_>) -> TokenStream {
        let layer = &emit.paths.layer;
        quote!(#layer::StandardizeParameters::#method(#reference #parameters))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(&InUnits)
    }
}

/// The form in eight bits: of real numbers, and with the units kept, as the loss of an evaluation asks for them.
struct InUnits;

impl Int8 for InUnits {
    fn at_the_end(&self) -> AtTheEnd {
        AtTheEnd::FromEither
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, Parts { int8, slot, taken, .. }) = (of.field(), of);
        of.one(quote!(#int8::Standardizer<#taken>), quote!(#int8::Standardizer::set(&mut self.#field, &__float.#slot);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.real(0), call.to_real());
        quote!(#int8::Standardizer::forward(&self.#part, &#from, &mut #to);)
    }
}
