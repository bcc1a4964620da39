//! `PRelu`: a rectifier whose slope below 0 is trained (He 2015); Keras's `PReLU`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::diagnostic::Place;
use crate::emit::Emit;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{ArgumentKind, Default, Takes, optional};

use super::int8::{Call, Int8, Part, Parts};
use super::{Constant, ConstantValue, Definition, Descriptor, Product, Rules, Sizes, Tensor, Word};

pub(super) const WORDS: &[Word] =
    &[Word::new("PRelu", Takes::Reals, &[optional("shared_axes", ArgumentKind::Axes, Default::Open, "[1, 2]")], |given| {
        PRelu { place: given.place_of("shared_axes"), shared: given.axes("shared_axes") }.into()
    })
    .or(&["PReLU"])
    .says("a rectifier with a slope below 0 that is trained, for each value, or for all along the `shared_axes`: `[1, 2]` of an image leaves one for each channel")];

#[derive(Clone)]
pub(crate) struct PRelu {
    /// The axes along which all have one slope, from 1 on; `None` where they were wrong and reported.
    shared: Option<Vec<usize>>,
    place: Place,
}

impl PRelu {
    fn is_shared(&self, axis: usize) -> bool {
        self.shared.iter().flatten().any(|&shared| shared == axis + 1)
    }

    /// The shape of the slopes.
    fn slopes(&self, sizes: &Sizes) -> Vec<Dim> {
        sizes.input().iter().enumerate().map(|(axis, dim)| if self.is_shared(axis) { Dim::Literal(1) } else { dim.clone() }).collect()
    }

    /// How many slopes there are.
    fn count(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        emit.argument(&size::product(&self.slopes(sizes)))
    }

    /// The runtime's description of it, on values of three axes of which the first may be of one.
    fn descriptor(&self, sizes: &Sizes, emit: &Emit<'_>) -> Descriptor {
        let (layer, slopes, dims) = (&emit.paths.layer, self.count(sizes, emit), sizes.input());
        let missing = 3_usize.saturating_sub(dims.len());
        let shape = (0..missing).map(|_| quote!(1usize)).chain(dims.iter().map(|dim| emit.size(dim)));
        let shared = (0..missing).map(|_| true).chain((0..dims.len()).map(|axis| self.is_shared(axis)));
        Descriptor::new(quote!(#layer::PRelu<#slopes>), &quote!([#(#shape),*], [#(#shared),*]))
    }
}

impl Definition for PRelu {
    fn name(&self) -> &str {
        "PRelu"
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let dims = inputs[0].dims();
        if dims.len() > 3 {
            let fault = format!("`{}` has slopes for three axes at most, but {} is {}", rules.written(), rules.value(0), inputs[0].text());
            let flow = format!("{} -> {}", rules.trail(0), rules.written());
            rules.report_flow(None, &fault, &flow, "put `Flatten` or `Reshape` before it");
            return None;
        }
        if let Some(axis) = self.shared.as_ref()?.iter().find(|&&axis| axis > dims.len()) {
            let axes = if dims.len() == 1 { "one axis".to_owned() } else { format!("{} axes", dims.len()) };
            let fault = format!("`shared_axes` of `{}` has axis {axis}, but {} of {} has {axes}", rules.written(), rules.value(0), inputs[0].text());
            let flow = format!("{} -> {}", rules.trail(0), rules.written());
            rules.report_flow(Some(self.place), &fault, &flow, "the first axis is 1, as the samples of a batch are not counted; for one slope a value, leave it out");
            return None;
        }
        Some(inputs[0].clone())
    }

    fn is_element_wise(&self) -> bool {
        true
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        vec![Tensor::trained("alpha", &self.slopes(sizes).iter().collect::<Vec<_>>())]
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, slopes) = (&emit.paths.layer, emit.scalar, self.count(sizes, emit));
        quote!(#layer::PReluParameters<#slopes, #scalar>)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::scaling(&[&sizes.output.size])]
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        vec![Constant::predicting("shared axes", ConstantValue::Text(format!("{:?}", self.shared.as_deref().unwrap_or_default())))]
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, shared) = (&emit.paths.model, self.shared.iter().flatten());
        quote!(#model::graph::Operation::PRelu { shared_axes: &[#(#shared),*] })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        Some(self.descriptor(sizes, emit))
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for PRelu {
    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, slopes, Parts { int8, slot, from, to, .. }) = (of.field(), self.count(of.sizes, &of.emit), of);
        of.one(quote!(#int8::PRelu<#slopes>), quote!(#int8::PRelu::set(&mut self.#field, &__float.#slot, #(#from)*, #to);))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to) = (&call.int8, call.part(), call.bytes(0), call.to_bytes());
        let slopes = self.descriptor(call.sizes, &call.items).value;
        quote!(#int8::PRelu::forward(&self.#part, &#slopes, &#from, &mut #to);)
    }
}
