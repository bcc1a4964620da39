//! Activations as steps of their own, and softmax.

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::Emit;
use crate::function::Function;
use crate::size::Shape;
use crate::vocabulary::Takes;

use super::{Constant, Definition, Descriptor, Int8, Operation, Rules, Sizes, Word};

/// They are the words of `vocabulary::ACTIVATIONS`.
pub(super) const WORDS: &[Word] = &[];

/// An element-wise function.
#[derive(Clone)]
pub(crate) struct Activation(pub(crate) Function);

#[derive(Clone)]
pub(crate) struct Softmax;

/// The step that an activation is.
pub(crate) fn operation(function: &Function) -> Operation {
    if function.is_softmax() { Softmax.into() } else { Activation(function.clone()).into() }
}

impl Definition for Activation {
    fn name(&self) -> &str {
        self.0.type_name()
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn function(&self) -> Option<&Function> {
        Some(&self.0)
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::of_function(&self.0)]
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width, function) = (&emit.paths.layer, emit.argument(sizes.from()), emit.function(&self.0));
        Some(Descriptor::new(quote!(#layer::Activate<#width, #function>), &TokenStream::new()))
    }

    fn int8(&self) -> Option<Int8> {
        Int8::ANY
    }
}

impl Definition for Softmax {
    fn name(&self) -> &str {
        "Softmax"
    }

    fn takes(&self) -> Takes {
        Takes::Vector
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        rules.softmax(&inputs[0]).then(|| inputs[0].clone())
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, width) = (&emit.paths.layer, emit.argument(sizes.from()));
        Some(Descriptor::new(quote!(#layer::Softmax<#width>), &TokenStream::new()))
    }

    fn int8(&self) -> Option<Int8> {
        Int8::ANY
    }
}
