//! `BatchNorm`: normalises by the statistics of the batch while training, by moving ones when predicting (Ioffe 2015).

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::{Emit, size::number};
use crate::number::Number;
use crate::size::{Dim, Shape};
use crate::vocabulary::{ArgumentKind, Default, FRACTION_BELOW_ONE, Takes, optional};


use super::given::Given;
use super::normalize::{Affine, stack_along_channels};
use super::row_norm::EPSILON;
use super::{Backward, Constant, ConstantValue, Definition, Folding, Forward, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[Word::new(
    "BatchNorm",
    Takes::Reals,
    &[optional("momentum", ArgumentKind::Number(FRACTION_BELOW_ONE), Default::Number(0.99), "0.99"), EPSILON],
    |given| BatchNorm { momentum: momentum(given), epsilon: given.number("epsilon") }.into(),
).says(
"normalises by the statistics of the batch, when predicting by moving ones; as every normalisation of images along the channels")
.or(&["BatchNormalization"])];

/// How slowly the statistics move. PyTorch's momentum is how fast they do.
fn momentum(given: &mut Given<'_, '_, '_>) -> Number {
    let momentum = given.number("momentum");
    if let Number::Literal(value) = momentum
        && value > 0.0
        && value < 0.5
    {
        let (place, own) = (given.place_of("momentum"), format!("{}", 1.0 - value));
        let fault = format!("`momentum` is how slowly the statistics move, as in Keras: what PyTorch calls {value} is {own} here");
        given.reader.diagnostics.report(place, fault, format!("write `momentum = {own}`; an expression, `{{ {value} }}`, is taken as it is"));
    }
    momentum
}

#[derive(Clone)]
pub(crate) struct BatchNorm {
    momentum: Number,
    epsilon: Number,
}

impl BatchNorm {
    fn descriptor(&self, width: &Dim, emit: &Emit<'_>) -> TokenStream {
        let (layer, width, momentum, epsilon) = (&emit.paths.layer, emit.argument(width), number(&self.momentum), number(&self.epsilon));
        quote!(#layer::BatchNorm::<#width>::new(#momentum, #epsilon))
    }
}

impl Definition for BatchNorm {
    fn name(&self) -> &str {
        "BatchNorm"
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        let channels = &[sizes.channels()];
        let trained = ["gamma", "beta"].map(|field| Tensor::trained(field, channels));
        let measured = ["moving_mean", "moving_variance"].map(|field| Tensor::measured(field, channels));
        trained.into_iter().chain(measured).collect()
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, channels) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.channels()));
        quote!(#layer::BatchNormParameters<#channels, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        stack_along_channels(sizes, emit)
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        let epsilon = Constant::predicting("epsilon", ConstantValue::Number(self.epsilon.clone()));
        vec![epsilon, Constant::training("momentum", &self.momentum)]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, momentum, epsilon) = (&emit.paths.model, number(&self.momentum), number(&self.epsilon));
        quote!(#model::graph::Operation::BatchNorm { momentum: #momentum, epsilon: #epsilon })
    }

    fn is_along_channels(&self) -> bool {
        true
    }

    fn is_over_batch(&self) -> bool {
        true
    }

    fn over_batch(&self, seen: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let descriptor = self.descriptor(seen.from(), emit);
        quote!(const { #descriptor })
    }

    fn initialize(&self, seen: &Sizes, at: &TokenStream, _: &Ident, emit: &Emit<'_>) -> TokenStream {
        let (layer, descriptor) = (&emit.paths.layer, self.descriptor(seen.from(), emit));
        quote!(#layer::BatchNorm::initialize(&#descriptor, #at);)
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let (layer, scalar, descriptor) = (&call.emit.paths.layer, call.emit.scalar, self.over_batch(call.seen, &call.emit));
        let Forward { parameters, statistics, observes, from, to, .. } = call;
        quote!(#layer::BatchNorm::forward::<__S, #scalar>(&#descriptor, #observes, #parameters, &#statistics, #from, #to);)
    }

    // The sums over the batch come first: the pass calls `reduce` and `backward` between its stages.
    fn backward(&self, _: &Backward<'_>) -> TokenStream {
        TokenStream::new()
    }

    fn folding(&self) -> Folding {
        Folding::Normalization
    }

    fn affine(&self, seen: &Sizes, method: &Ident, reference: &TokenStream, parameters: &TokenStream, emit: &Emit<'_>) -> TokenStream {
        let (layer, descriptor) = (&emit.paths.layer, self.descriptor(seen.from(), emit));
        quote!(#layer::BatchNorm::#method(&#descriptor, #reference #parameters))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(&Affine)
    }
}
