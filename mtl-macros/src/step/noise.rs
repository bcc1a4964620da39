//! `GaussianNoise`: adds noise while training.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::{Emit, size::number};
use crate::number::Number;
use crate::size::Shape;
use crate::vocabulary::{ArgumentKind, NOT_NEGATIVE, Takes, required};

use super::int8::Vanishes;
use super::{Constant, Definition, Descriptor, Folding, Int8, Rules, Sizes, Word};

pub(super) const WORDS: &[Word] = &[Word::new(
    "GaussianNoise",
    Takes::Reals,
    &[required("stddev", ArgumentKind::Number(NOT_NEGATIVE), "0.1")],
    |given| GaussianNoise { stddev: given.number("stddev") }.into(),
).says(
"adds noise, in training only")];

#[derive(Clone)]
pub(crate) struct GaussianNoise {
    stddev: Number,
}

impl Definition for GaussianNoise {
    fn name(&self) -> &str {
        "GaussianNoise"
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::training("stddev", &self.stddev)]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, stddev) = (&emit.paths.model, number(&self.stddev));
        quote!(#model::graph::Operation::GaussianNoise { stddev: #stddev })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::GaussianNoise<#width>), &number(&self.stddev)))
    }

    fn folding(&self) -> Folding {
        Folding::Identity
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(&Vanishes)
    }
}
