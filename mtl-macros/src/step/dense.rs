//! `Dense`: every unit sees every value.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::case;
use crate::emit::Emit;
use crate::function::Function;
use crate::size::{Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, Takes, optional, required};

use super::weighted::Weighted;
use super::window::{L1, L2};
use super::int8::{Allows, AtTheEnd, Bound, Call, How, Observed, Part, Parts, Taken};
use super::{Constant, Definition, Descriptor, Folding, Given, Int8, Product, Rules, Sizes, Tensor, Word};

/// What the layers with weights have beside the number of units, which each calls by its own name.
pub(super) const ACTIVATION: Argument = optional("activation", ArgumentKind::Activation, Default::Open, "relu").positional();
pub(super) const BIAS: Argument = optional("bias", ArgumentKind::Boolean, Default::Boolean(true), "false").or(&["use_bias"]);
/// By default that which Keras's own users take with the activation.
pub(super) const INIT: Argument =
    optional("init", ArgumentKind::Initializer, Default::Open, "he_normal").or(&["kernel_initializer", "initializer"]);

pub(super) const WORDS: &[Word] = &[Word::new(
    "Dense",
    Takes::Vector,
    &[required("units", ArgumentKind::Dimension, "64"), ACTIVATION, BIAS, INIT, L1, L2],
    |given| Dense(weighted(given, "units")).into(),
).says(
"every unit sees every value; `init` is `he_normal` before the relu family, else `glorot_uniform`")];

/// `activation(xᵀ K + b)`.
#[derive(Clone)]
pub(crate) struct Dense(pub(crate) Weighted);

/// The arguments of a layer with weights, whose number of units is called `units`.
pub(super) fn weighted(given: &mut Given<'_, '_, '_>, units: &str) -> Weighted {
    let units = given.dimension(units);
    weighted_of(given, units)
}

/// The other arguments of a layer with so many units, or as many as its input says.
pub(super) fn weighted_of(given: &mut Given<'_, '_, '_>, units: Option<Dim>) -> Weighted {
    Weighted {
        units,
        given: given.activation("activation"),
        function: Function::LINEAR,
        bias: given.boolean("bias"),
        given_initializer: given.initializer("init"),
        l1: given.number_if_given("l1"),
        l2: given.number_if_given("l2"),
    }
}

impl Definition for Dense {
    fn name(&self) -> &str {
        "Dense"
    }

    fn takes(&self) -> Takes {
        Takes::Vector
    }

    fn shape(&mut self, _: &[Shape], _: &mut dyn Rules) -> Option<Shape> {
        self.own_shape()
    }

    fn own_shape(&self) -> Option<Shape> {
        self.0.units.clone().map(|units| Shape::Real(vec![units]))
    }

    // In Keras a `Dense` goes over every step and every pixel: that is a convolution with a kernel of 1.
    fn over_each(&self, text: &str, dims: &[Dim]) -> Option<String> {
        let (layer, places) = match dims.len() {
            2 => ("Conv1D", "step"),
            3 => ("Conv2D", "pixel"),
            _ => return None,
        };
        let arguments = text.split_once('(').and_then(|(_, arguments)| arguments.strip_suffix(')')).unwrap_or("1").replacen("units =", "filters =", 1);
        Some(format!("for one of each {places}, as Keras's `Dense`, write `{layer}({arguments}, kernel = 1)`"))
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.0.units.iter_mut().collect()
    }

    fn weighted(&self) -> Option<&Weighted> {
        Some(&self.0)
    }

    fn weighted_mut(&mut self) -> Option<&mut Weighted> {
        Some(&mut self.0)
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        tensors(&self.0, &[sizes.from()], sizes.units())
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        parameters(&self.0, sizes.from(), sizes.units(), emit)
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        vec![Product::matrix(&[sizes.from(), sizes.units()])]
    }

    fn described(&self, kind: &str) -> String {
        match function_word(&self.0.function) {
            None => kind.to_owned(),
            Some(word) => format!("{kind}({word})"),
        }
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        weighted_constants(&self.0).collect()
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, activation, bias) = (&emit.paths.model, emit.graph_function(&self.0.function), self.0.bias);
        quote!(#model::graph::Operation::Dense { activation: #activation, bias: #bias })
    }

    fn layer(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<Descriptor> {
        let (layer, from, units) = (&emit.paths.layer, emit.argument(sizes.from()), emit.argument(sizes.units()));
        let bias = if self.0.bias { units.clone() } else { quote!(0usize) };
        let function = emit.function(&self.0.function);
        Some(Descriptor::new(quote!(#layer::Dense<#from, #units, #bias, #function>), &emit.initializer(self.0.initializer())))
    }

    fn overwrites(&self) -> bool {
        true
    }

    fn folding(&self) -> Folding {
        if self.0.bias { Folding::Weights { before: true, after: self.0.function.is_linear(), of_channels: false } } else { Folding::No }
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Dense {
    fn is_shared(&self) -> bool {
        true
    }

    fn at_the_end(&self) -> AtTheEnd {
        AtTheEnd::FromBytes
    }

    fn has_low(&self) -> bool {
        true
    }

    fn gives(&self, _: &Sizes) -> Allows {
        Bound::allows(&self.0.function)
    }

    fn takes(&self, _: &Sizes, _: &Taken<'_>) -> Allows {
        Allows::Free
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (int8, from, to) = (&of.int8, of.emit.argument(of.sizes.from()), of.emit.argument(of.sizes.units()));
        let (field, Parts { slot, from_each, number, .. }) = (of.field(), of);
        let fit = quote!(::core::option::Option::as_ref(&__fits[#number]));
        if let How::End = of.how {
            return of.one(
                quote!(#int8::DenseToReals<#from, #to>),
                quote!(#int8::DenseToReals::set(&mut self.#field, &__float.#slot, #(#from_each)*, #fit);),
            );
        }
        weighted_parts(&self.0, of, &quote!(#int8::Dense), quote!(#int8::Dense<#from, #to>), &TokenStream::new(), &quote!(, #fit))
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from) = (&call.int8, call.part(), call.bytes(0));
        if let How::End = call.how {
            let (to, function) = (call.to_real(), call.items.function(&self.0.function));
            let activated = (!self.0.function.is_linear()).then(|| quote!(#int8::activate::<#function, _>(&mut #to);));
            return match &call.from_low {
                None => quote!(#int8::DenseToReals::forward(&self.#part, &#from, &mut #to); #activated),
                Some(low) => quote!(#int8::DenseToReals::forward_low(&self.#part, &#from, #low, &mut #to); #activated),
            };
        }
        let (to, looked_up) = (call.to_bytes(), call.looked_up(&self.0.function));
        if call.from_low.is_none() && call.to_low.is_none() {
            return quote!(#int8::Dense::forward(&self.#part, &#from, &mut #to); #looked_up);
        }
        let none = quote!(::core::option::Option::None);
        let from_low = call.from_low.clone().unwrap_or_else(|| none.clone());
        let to_low = call.to_low.as_ref().map_or(none, |low| quote!(::core::option::Option::Some(&mut __values.#low)));
        quote!(#int8::Dense::forward_low(&self.#part, &#from, #from_low, &mut #to, #to_low); #looked_up)
    }

    fn stack(&self, call: &Call<'_>) -> TokenStream {
        let mtl = call.emit.mtl;
        if call.from_low.is_some() || call.to_low.is_some() { quote!(#mtl::__private::stack::LOW_INT8) } else { quote!(0) }
    }

    fn observe(&self, of: &Observed<'_>) -> Option<TokenStream> {
        let Observed { int8, before, slot, from, .. } = of;
        Bound::of(&self.0.function).is_none().then(|| {
            quote!(#int8::Range::observe_dense(&mut __ranges[#before], &__float.#slot, &__values.#from[..__columns]);)
        })
    }
}

/// The parts of a layer with weights: itself, and the table of an activation that is no bound. `sizes` and `fit` are what it is told beside that.
pub(super) fn weighted_parts(weighted: &Weighted, of: &Parts<'_>, name: &TokenStream, kind: TokenStream, sizes: &TokenStream, fit: &TokenStream) -> Vec<Part> {
    let (field, Parts { int8, slot, from_each, to, to_each, before, number, path, .. }) = (of.field(), of);
    if let Some(bound) = Bound::of(&weighted.function) {
        let bound = bound.tokens();
        return of.one(kind, quote!(#name::set(&mut self.#field, &__float.#slot, #sizes #int8::Bound::#bound, #(#from_each)*, #to_each #fit);));
    }
    let (table, function) = (format_ident!("t{number}"), of.items.function(&weighted.function));
    let mut parts = of.one(
        kind,
        quote! {
            let __function = <#function as __activation::Activation>::value::<::core::primitive::f64>;
            let __before = #int8::Scale::trimmed(&#int8::Scales::common(&__scales[#before]), __function, #to.step);
            #name::set(&mut self.#field, &__float.#slot, #sizes #int8::Bound::None, #(#from_each)*, &<#int8::Scales as ::core::convert::From<#int8::Scale>>::from(__before) #fit);
            #int8::Table::set(&mut self.#table, __function, __before, #to);
        },
    );
    parts.push(Part { field: table, kind: quote!(#int8::Table), path: format!("{path}activation."), set: quote!() });
    parts
}

/// A kernel from what a unit sees, and a bias.
pub(super) fn tensors(weighted: &Weighted, seen: &[&Dim], units: &Dim) -> Vec<Tensor> {
    let shape: Vec<&Dim> = seen.iter().copied().chain([units]).collect();
    tensors_of(weighted, &shape, units)
}

/// A kernel of that shape, and a bias.
pub(super) fn tensors_of(weighted: &Weighted, shape: &[&Dim], units: &Dim) -> Vec<Tensor> {
    let kernel = Tensor::trained("kernel", shape).penalised(&weighted.l1, &weighted.l2);
    [kernel].into_iter().chain(weighted.bias.then(|| Tensor::trained("bias", &[units]))).collect()
}

pub(super) fn parameters(weighted: &Weighted, seen: &Dim, units: &Dim, emit: &Emit<'_>) -> TokenStream {
    let (layer, scalar, seen, units) = (&emit.paths.layer, emit.scalar, emit.argument(seen), emit.argument(units));
    let bias = if weighted.bias { units.clone() } else { quote!(0usize) };
    quote!(#layer::DenseParameters<#seen, #units, #bias, #scalar>)
}

/// The activation and the penalties of a layer with weights.
pub(super) fn weighted_constants(weighted: &Weighted) -> impl Iterator<Item = Constant> {
    let of = |name: &'static str, number: &Option<crate::number::Number>| number.as_ref().map(|number| Constant::training(name, number));
    [Constant::of_function(&weighted.function)].into_iter().chain(of("l1", &weighted.l1)).chain(of("l2", &weighted.l2))
}

/// An activation that does something, as the summary writes it behind a layer.
pub(super) fn function_word(function: &Function) -> Option<String> {
    match function {
        _ if function.is_linear() => None,
        Function::Named(activation) => Some(case::snake(activation.type_name)),
        Function::Own(path, _) => Some(path.clone()),
    }
}
