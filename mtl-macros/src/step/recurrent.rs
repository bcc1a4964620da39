//! `Gru` and `Lstm`: layers that go through a sequence step by step.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote};

use crate::emit::{Emit, size::words};
use crate::number::Number;
use crate::size::{self, Dim, Shape};
use crate::vocabulary::{Argument, ArgumentKind, Default, Initializer, Takes, optional, required};

use super::dense::BIAS;
use super::window::{L1, L2};
use super::int8::{Allows, Call, Observed, Part, Parts, Taken};
use super::{Backward, Constant, ConstantValue, Definition, Forward, Given, Int8, Kind, Product, Rules, Sizes, Tensor, Word};

const ARGUMENTS: &[Argument] = &[
    required("units", ArgumentKind::Dimension, "32"),
    optional("sequences", ArgumentKind::Boolean, Default::Boolean(false), "true").or(&["return_sequences"]),
    BIAS,
    optional("init", ArgumentKind::Initializer, Default::Initializer(Initializer::GlorotUniform), "glorot_uniform")
        .or(&["kernel_initializer", "initializer"]),
    L1,
    L2,
];

pub(super) const WORDS: &[Word] = &[
    Word::new("Gru", Takes::Steps, ARGUMENTS, |given| bind(given, Cell::Gru)).says(
"after `[time, features]`: the state after the last step, or with `sequences = true` after every one, `[time, units]`. For streams, `model.body.gru1.step(&mut state, &x)` goes on by one step").or(&["GRU"]),
    Word::new("Lstm", Takes::Steps, ARGUMENTS, |given| bind(given, Cell::Lstm)).or(&["LSTM"]),
];

/// What a recurrent layer computes in a step.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Cell {
    Gru,
    Lstm,
}

#[derive(Clone)]
pub(crate) struct Recurrent {
    cell: Cell,
    units: Option<Dim>,
    /// The output is that of every step, not of the last one alone.
    sequences: bool,
    bias: bool,
    initializer: Initializer,
    l1: Option<Number>,
    l2: Option<Number>,
}

fn bind(given: &mut Given<'_, '_, '_>, cell: Cell) -> Kind {
    // What an argument that was misspelt was to be may be `sequences`, on which the shape depends.
    let units = given.dimension("units").filter(|_| !given.is_broken());
    Recurrent {
        cell,
        units,
        sequences: given.boolean("sequences"),
        bias: given.boolean("bias"),
        initializer: given.initializer("init").unwrap_or(Initializer::GlorotUniform),
        l1: given.number_if_given("l1"),
        l2: given.number_if_given("l2"),
    }
    .into()
}

impl Cell {
    /// The type's name in `mtl_core::layer`.
    fn type_name(self) -> &'static str {
        match self {
            Self::Gru => "Gru",
            Self::Lstm => "Lstm",
        }
    }

    /// How many gates the kernels have rows for.
    fn gates(self) -> usize {
        match self {
            Self::Gru => 3,
            Self::Lstm => 4,
        }
    }

    /// How many biases it has: a `Gru` one for the input and one for the state.
    fn biases(self) -> usize {
        match self {
            Self::Gru => 2,
            Self::Lstm => 1,
        }
    }
}

/// The sizes of a recurrent layer.
pub(crate) struct RecurrentSizes<'a> {
    pub(crate) time: &'a Dim,
    pub(crate) features: &'a Dim,
    pub(crate) units: &'a Dim,
    /// The rows of the kernels.
    pub(crate) rows: Dim,
}

impl Recurrent {
    pub(crate) fn sizes<'a>(&self, sizes: &'a Sizes) -> RecurrentSizes<'a> {
        let (time, features, units) = (sizes.input().first().unwrap_or(sizes.from()), sizes.channels(), sizes.units());
        RecurrentSizes { time, features, units, rows: size::product(&[Dim::Literal(self.cell.gates()), units.clone()]) }
    }

    /// The type of the cell.
    pub(crate) fn cell(&self, emit: &Emit<'_>) -> TokenStream {
        let (name, layer) = (Ident::new(self.cell.type_name(), Span::call_site()), &emit.paths.layer);
        quote!(#layer::#name)
    }

    fn biases(&self) -> usize {
        if self.bias { self.cell.biases() } else { 0 }
    }

    fn kind(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, cell, biases, RecurrentSizes { time, features, units, rows }) =
            (&emit.paths.layer, self.cell(emit), self.biases(), self.sizes(sizes));
        let [time, features, units, rows] = [time, features, units, &rows].map(|dim| emit.argument(dim));
        quote!(#layer::Recurrent<#cell, #time, #features, #units, #rows, #biases>)
    }

    /// The constant that describes it.
    fn descriptor(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (kind, initializer) = (self.kind(sizes, emit), emit.initializer(self.initializer));
        quote!(const { <#kind>::new(#initializer) })
    }
}

impl Definition for Recurrent {
    fn name(&self) -> &str {
        self.cell.type_name()
    }

    fn takes(&self) -> Takes {
        Takes::Steps
    }

    fn shape(&mut self, inputs: &[Shape], rules: &mut dyn Rules) -> Option<Shape> {
        let [time, _] = inputs[0].dims() else { return None };
        let units = self.units.clone()?;
        if size::is_generic(&units) {
            rules.no_arithmetic(&[Dim::Literal(self.cell.gates()), units], "the product", " * ");
            return None;
        }
        rules.real(if self.sequences { vec![time.clone(), units] } else { vec![units] })
    }

    fn own_shape(&self) -> Option<Shape> {
        if self.sequences { None } else { self.units.clone().map(|units| Shape::Real(vec![units])) }
    }

    fn last_state(&self) -> Option<bool> {
        Some(!self.sequences)
    }

    fn has_bias(&self) -> Option<bool> {
        Some(self.bias)
    }

    fn sizes_mut(&mut self) -> Vec<&mut Dim> {
        self.units.iter_mut().collect()
    }

    fn tensors(&self, sizes: &Sizes) -> Vec<Tensor> {
        let RecurrentSizes { features, units, rows, .. } = self.sizes(sizes);
        let kernel = Tensor::trained("kernel", &[features, &rows]).penalised(&self.l1, &self.l2);
        let bias = match self.biases() {
            0 => None,
            1 => Some(Tensor::trained("bias", &[&rows])),
            biases => Some(Tensor::trained("bias", &[&Dim::Literal(biases), &rows])),
        };
        [kernel, Tensor::trained("recurrent_kernel", &[units, &rows])].into_iter().chain(bias).collect()
    }

    fn parameters(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (layer, scalar, cell, biases) = (&emit.paths.layer, emit.scalar, self.cell(emit), self.biases());
        let RecurrentSizes { features, units, rows, .. } = self.sizes(sizes);
        let [features, units, rows] = [features, units, &rows].map(|dim| emit.argument(dim));
        quote!(#layer::RecurrentParameters<#cell, #features, #units, #rows, #biases, #scalar>)
    }

    fn doc(&self, sizes: &Sizes, count: &str) -> String {
        let RecurrentSizes { time, features, units, .. } = self.sizes(sizes);
        let [time, features, units] = [time, features, units].map(words);
        format!("{units} units over {time} steps of {features} values, {count} parameters.")
    }

    fn multiply_adds(&self, sizes: &Sizes) -> Vec<Product> {
        let RecurrentSizes { time, features, units, rows } = self.sizes(sizes);
        [features, units].map(|inner| Product::matrix(&[time, &rows, inner])).into()
    }

    fn stack(&self, sizes: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (kind, scalar) = (self.kind(sizes, emit), emit.scalar);
        quote!(<#kind>::stack_bytes::<#scalar>())
    }

    fn constants(&self, _: &Sizes) -> Vec<Constant> {
        let sequences = Constant::predicting("sequences", ConstantValue::Boolean(self.sequences));
        let penalty = |name: &'static str, number: &Option<Number>| number.as_ref().map(|number| Constant::training(name, number));
        [sequences].into_iter().chain(penalty("l1", &self.l1)).chain(penalty("l2", &self.l2)).collect()
    }

    fn graph(&self, _: &Sizes, emit: &Emit<'_>) -> TokenStream {
        let (model, name, sequences, bias) = (&emit.paths.model, Ident::new(self.cell.type_name(), Span::call_site()), self.sequences, self.bias);
        quote!(#model::graph::Operation::#name(#model::graph::Recurrent { sequences: #sequences, bias: #bias }))
    }

    fn records(&self, sizes: &Sizes, emit: &Emit<'_>) -> Option<TokenStream> {
        let (layer, scalar, cell, RecurrentSizes { time, units, .. }) = (&emit.paths.layer, emit.scalar, self.cell(emit), self.sizes(sizes));
        let [time, units] = [time, units].map(|dim| emit.argument(dim));
        Some(quote!([#layer::Record<#cell, #units, #scalar>; #time]))
    }

    fn initialize(&self, seen: &Sizes, at: &TokenStream, rng: &Ident, emit: &Emit<'_>) -> TokenStream {
        let (layer, descriptor) = (&emit.paths.layer, self.descriptor(seen, emit));
        quote!(#layer::Recurrent::initialize(&#descriptor, #at, #rng);)
    }

    fn forward(&self, call: &Forward<'_>) -> TokenStream {
        let (layer, descriptor) = (&call.emit.paths.layer, self.descriptor(call.sizes, &call.emit));
        let (Forward { parameters, output, records, .. }, from) = (call, &call.inputs[0]);
        quote!(#layer::Recurrent::forward::<__S, _, _, _>(&#descriptor, #parameters, &#from, &mut #output, &mut #records);)
    }

    fn backward(&self, call: &Backward<'_>) -> TokenStream {
        let (layer, descriptor) = (&call.emit.paths.layer, self.descriptor(call.sizes, &call.emit));
        let (Backward { context, parameters, records, given, record_gradients, sink, gradient, .. }, from) = (call, &call.inputs[0]);
        quote! {
            #layer::Recurrent::backward::<__S, _, _, _>(
                &#descriptor, #context, #parameters, &#from, &#records, &mut #given,
                &mut #record_gradients, #sink, #gradient,
            );
        }
    }

    fn int8(&self) -> Option<&dyn Int8> {
        Some(self)
    }
}

impl Int8 for Recurrent {
    fn is_shared(&self) -> bool {
        true
    }

    fn takes(&self, sizes: &Sizes, taken: &Taken<'_>) -> Allows {
        taken.along(self.sizes(sizes).features, Allows::Free)
    }

    fn parts(&self, of: &Parts<'_>) -> Vec<Part> {
        let (field, RecurrentSizes { features, units, rows, .. }) = (of.field(), self.sizes(of.sizes));
        let ([features, units, rows], Parts { int8, slot, from_each, to, .. }) = ([features, units, &rows].map(|dim| of.emit.argument(dim)), of);
        of.one(
            quote!(#int8::Recurrent<#features, #units, #rows>),
            quote!(#int8::Recurrent::set(&mut self.#field, &__float.#slot, #(#from_each)*, #to);),
        )
    }

    fn forward(&self, call: &Call<'_>) -> TokenStream {
        let (int8, part, from, to, cell) = (&call.int8, call.part(), call.bytes(0), call.to_bytes(), self.cell(&call.emit));
        quote!(#int8::Recurrent::forward::<#cell, _, _>(&self.#part, &#from, &mut #to);)
    }

    fn stack(&self, call: &Call<'_>) -> TokenStream {
        let (int8, cell, RecurrentSizes { features, units, rows, .. }) = (&call.int8, self.cell(&call.emit), self.sizes(call.sizes));
        let [features, units, rows] = [features, units, &rows].map(|dim| call.emit.argument(dim));
        quote!(#int8::Recurrent::<#features, #units, #rows>::stack_bytes::<#cell>())
    }

    fn observe(&self, of: &Observed<'_>) -> Option<TokenStream> {
        let (records, Observed { int8, range, .. }) = (format_ident!("c{}", of.number), of);
        Some(quote!(#int8::Range::observe_states(&mut __ranges[#range], <[_]>::as_flattened(&__values.#records[..__columns]));))
    }
}
