//! What makes several numbers of each: `Periodic`, cosines and sines, and `Piecewise`, places in bins (Gorishniy 2022).

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::{
    Emit,
    size::{number, words},
};
use crate::number::Number;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{ArgumentKind, Default, NOT_NEGATIVE, Takes, optional, required};

use super::int8::{AtTheStart, Call, Part, Parts};
use super::{Constant, Definition, Descriptor, Int8, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[
    Word::new(
    "Periodic",
    Takes::Vector,
    &[
        required("frequencies", ArgumentKind::Dimension, "8"),
        optional("sigma", ArgumentKind::Number(NOT_NEGATIVE), Default::Number(0.1), "0.1"),
    ],
    |given| Periodic { frequencies: given.dimension("frequencies"), sigma: given.number("sigma") }.into(),
)
.says(
    "of each number `x` the cosines of `2π c x`, then the sines, for so many trained frequencies `c` of its own, drawn with the standard deviation `sigma` \
     (Gorishniy 2022)",
),
    Word::new("Piecewise", Takes::Vector, &[required("bins", ArgumentKind::Dimension, "8")], |given| Piecewise { bins: given.dimension("bins") }.into()).says(
        "of each number how far it is through each of so many bins, from 0 to 1, the first and the last without an end; the edges are quantiles of the data, \
         taken once, and empty bins give 0 (Gorishniy 2022)",
    ),
];

/// Cosines and sines of trained frequencies.
#[derive(Clone)]
pub(crate) struct Periodic {
    /// How many a number has; `None` where it was wrong and reported.
    frequencies: Option<Dim>,
    sigma: Number,
}

impl Periodic {
    fn frequencies(&self) -> Dim {
        self.frequencies.clone().unwrap_or(Dim::Literal(1))
    }
}

impl Definition for Periodic {
    fn name(&self) -> &str {
        "Periodic"
    }

    fn takes(&self) -> Takes {
        Takes::Vector
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let frequencies = self.frequencies.clone()?;
        rules.real(vec![size::product(&[inputs[0].size(), Dim::Literal(2), frequencies])])
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.frequencies.iter_mut().collect()
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        vec![Tensor::trained("frequency", &[sizes.from(), &self.frequencies()])]
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, numbers, frequencies) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.from()), emit.argument(&self.frequencies()));
        quote!(#layer::PeriodicParameters<#numbers, #frequencies, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[sizes.from(), &self.frequencies()])]
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::training("sigma", &self.sigma)]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, frequencies, sigma) = (&emit.paths.model, emit.size(&self.frequencies()), number(&self.sigma));
        quote!(#model::graph::Operation::Periodic { frequencies: #frequencies, sigma: #sigma })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, numbers, output) = (&emit.paths.layer, emit.argument(sizes.from()), emit.argument(&sizes.output.size));
        let frequencies = emit.argument(&self.frequencies());
        Some(Descriptor::new(quote!(#layer::Periodic<#numbers, #frequencies, #output>), &number(&self.sigma)))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Periodic {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn is_at_the_start_alone(&self) -> bool {
        true
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, numbers, frequencies) = (of.field(), of.emit.argument(of.sizes.from()), of.emit.argument(&self.frequencies()));
        let Parts { int8, slot, .. } = of;
        of.one(quote!(#int8::RealPeriodic<#numbers, #frequencies>), quote!(#int8::RealPeriodic::set(&mut self.#field, &__float.#slot);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.real(0), call.to_real());
        quote!(#int8::RealPeriodic::forward(&self.#part, &#from, &mut #to);)
    }
}

/// Places in bins between the quantiles of the data.
#[derive(Clone)]
pub(crate) struct Piecewise {
    /// How many a number has; `None` where it was wrong and reported.
    bins: Option<Dim>,
}

impl Piecewise {
    fn bins(&self) -> Dim {
        self.bins.clone().unwrap_or(Dim::Literal(1))
    }
}

impl Definition for Piecewise {
    fn name(&self) -> &str {
        "Piecewise"
    }

    fn takes(&self) -> Takes {
        Takes::Vector
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let bins = self.bins.clone()?;
        rules.real(vec![size::product(&[inputs[0].size(), bins])])
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.bins.iter_mut().collect()
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        ["start", "length"].map(|field| Tensor::measured(field, &[sizes.from(), &self.bins()])).into()
    }

    fn adapts(&self) -> bool {
        true
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, numbers, bins) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.from()), emit.argument(&self.bins()));
        quote!(#layer::PiecewiseParameters<#numbers, #bins, #scalar>)
    }

    fn doc(&self, sizes: &Sizes, count: &str) -> String {
        format!("Start and length of {} bins for each of {} values, {count} parameters.", words(&self.bins()), words(sizes.from()))
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[sizes.from(), &self.bins()])]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, bins) = (&emit.paths.model, emit.size(&self.bins()));
        quote!(#model::graph::Operation::Piecewise { bins: #bins })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, numbers, output) = (&emit.paths.layer, emit.argument(sizes.from()), emit.argument(&sizes.output.size));
        let bins = emit.argument(&self.bins());
        Some(Descriptor::new(quote!(#layer::Piecewise<#numbers, #bins, #output>), &TokenStream::new()))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Piecewise {
    fn at_the_start(&self) -> AtTheStart {
        AtTheStart::Is
    }

    fn is_at_the_start_alone(&self) -> bool {
        true
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, numbers, bins) = (of.field(), of.emit.argument(of.sizes.from()), of.emit.argument(&self.bins()));
        let Parts { int8, slot, .. } = of;
        of.one(quote!(#int8::RealPiecewise<#numbers, #bins>), quote!(#int8::RealPiecewise::set(&mut self.#field, &__float.#slot);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.real(0), call.to_real());
        quote!(#int8::RealPiecewise::forward(&self.#part, &#from, &mut #to);)
    }
}
