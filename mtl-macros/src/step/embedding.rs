//! What makes numbers of a class: `Embedding` and `OneHot`.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::emit::{Emit, size::words};
use crate::size::{Dim, Shape};
use crate::vocabulary::{ArgumentKind, Takes, required};

use super::int8::{Allows, Call, Observed, Part, Parts};
use super::{Backward, Definition, Forward, Int8, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] = &[
    Word::new("Embedding", Takes::Class, &[required("dim", ArgumentKind::Dimension, "8").or(&["units", "output_dim"])], |given| {
        Embedding { units: given.dimension("dim") }.into()
    }).says(
"after a `class(N)` or `one_of` input: a learned vector for each class"),
    Word::new("OneHot", Takes::Class, &[], |_| OneHot.into()).says(
"after a `class(N)` or `one_of` input").or(&["CategoryEncoding"]),
];

/// A learned vector for each class.
#[derive(Clone)]
pub(crate) struct Embedding {
    pub(crate) units: Option<Dim>,
}

/// 1 in the place of the class, 0 elsewhere.
#[derive(Clone)]
pub(crate) struct OneHot;

impl Embedding {
    fn descriptor(sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, classes, units) = (&emit.paths.layer, emit.argument(sizes.classes()), emit.argument(sizes.units()));
        quote!(#layer::Embedding::<#classes, #units>::new())
    }
}

impl Definition for Embedding {
    fn name(&self) -> &str {
        "Embedding"
    }

    fn takes(&self) -> Takes {
        Takes::Class
    }

    fn shape(&mut self, _: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        self.own_shape()
    }

    fn own_shape(&self) -> Option<Shape> {
        self.units.clone().map(|units| Shape::Real(vec![units]))
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.units.iter_mut().collect()
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        vec![Tensor::trained("embeddings", &[sizes.classes(), sizes.units()])]
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, classes, units) = (&emit.paths.layer, emit.scalar, emit.argument(sizes.classes()), emit.argument(sizes.units()));
        quote!(#layer::EmbeddingParameters<#classes, #units, #scalar>)
    }

    fn doc(&self, sizes: &Sizes, _: &str) -> String {
        format!("Embedding of {} classes in {} numbers.", words(sizes.classes()), words(sizes.units()))
    }

    fn initialize(&self, seen: &Sizes, at: &TokenStream, rng: &Ident, emit: &Emit<'_>) -> TokenStream {
        let (layer, descriptor) = (&emit.paths.layer, Self::descriptor(seen, emit));
        quote!(#layer::Embedding::initialize(&#descriptor, #at, #rng);)
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let model = &emit.paths.model;
        quote!(#model::graph::Operation::Embedding)
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let (layer, descriptor) = (&call.emit.paths.layer, Self::descriptor(call.sizes, &call.emit));
        let (Forward { parameters, output, .. }, from) = (call, &call.inputs[0]);
        quote!(#layer::Embedding::forward(&#descriptor, #parameters, &#from, &mut #output);)
    }

    fn backward(&self, call: &Backward<'_>) -> TokenStream {
        let (layer, descriptor) = (&call.emit.paths.layer, Self::descriptor(call.sizes, &call.emit));
        let (Backward { given, gradient, .. }, from) = (call, &call.inputs[0]);
        quote!(#layer::Embedding::backward(&#descriptor, &#from, &#given, #gradient);)
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Embedding {
    fn is_shared(&self) -> bool {
        true
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Allows::Free
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (classes, units) = (of.emit.argument(of.sizes.classes()), of.emit.argument(of.sizes.units()));
        let (field, Parts { int8, slot, to_each, .. }) = (of.field(), of);
        of.one(quote!(#int8::EmbeddingTable<#classes, #units>), quote!(#int8::EmbeddingTable::set(&mut self.#field, &__float.#slot, #to_each);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.class(), call.to_bytes());
        quote!(#int8::EmbeddingTable::forward(&self.#part, #from, &mut #to);)
    }

    // All that can come out, whether the data have it or not.
    fn observe(&self, of: &Observed<'_>) -> Option<TokenStream> {
        let (mtl, Observed { int8, range, slot, .. }) = (of.items.mtl, of);
        Some(quote!(#int8::Range::give(&mut __ranges[#range], #mtl::__private::Flat::<::core::primitive::f32>::as_slice(&__float.#slot.embeddings));))
    }
}

impl Definition for OneHot {
    fn name(&self) -> &str {
        "OneHot"
    }

    fn takes(&self) -> Takes {
        Takes::Class
    }

    fn shape(&mut self, inputs: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        match &inputs[0] {
            Shape::Class(classes) => Some(Shape::Real(vec![classes.clone()])),
            Shape::Real(_) => None,
        }
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let model = &emit.paths.model;
        quote!(#model::graph::Operation::OneHot)
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let (layer, scalar, classes) = (&call.emit.paths.layer, call.emit.scalar, call.emit.argument(call.sizes.classes()));
        let (output, from) = (&call.output, &call.inputs[0]);
        quote!(#layer::one_hot::<#scalar, #classes>(&#from, &mut #output);)
    }

    fn backward(&self, _: &Backward<'_>) -> TokenStream {
        TokenStream::new()
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for OneHot {
    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, Parts { int8, to, .. }) = (of.field(), of);
        of.one(quote!(#int8::ClassTable), quote!(#int8::ClassTable::set(&mut self.#field, #to);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.class(), call.to_bytes());
        quote!(#int8::ClassTable::forward(&self.#part, #from, &mut #to);)
    }

    fn observe(&self, of: &Observed<'_>) -> Option<TokenStream> {
        Some(of.all_of_0_to_1())
    }
}
