//! `Dropout`: leaves values out at random while training (Srivastava 2014).

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::{Emit, size::number};
use crate::number::Number;
use crate::size::Shape;
use crate::vocabulary::{ArgumentKind, FRACTION_BELOW_ONE, Takes, required};

use super::int8::Vanishes;
use super::{Constant, Definition, Descriptor, Folding, Int8, Rules, Sizes, Word};

pub(super) const WORDS: &[Word] = &[Word::new(
    "Dropout",
    Takes::Reals,
    &[required("rate", ArgumentKind::Number(FRACTION_BELOW_ONE), "0.1")],
    |given| Dropout { rate: given.number("rate") }.into(),
).says(
"leaves values out, in training only")];

#[derive(Clone)]
pub(crate) struct Dropout {
    rate: Number,
}

impl Definition for Dropout {
    fn name(&self) -> &str {
        "Dropout"
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::training("rate", &self.rate)]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, rate) = (&emit.paths.model, number(&self.rate));
        quote!(#model::graph::Operation::Dropout { rate: #rate })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::Dropout<#width>), &number(&self.rate)))
    }

    fn folding(&self) -> Folding {
        Folding::Identity
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(&Vanishes)
    }
}
