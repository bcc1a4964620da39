//! What code generation derives from the graph once: stages, which gradients are needed, who shares a buffer.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote};

use crate::graph::{Block, BlockLayer, Dim, Graph, Heads, Node, Operation, ValueId};

use crate::own;

use super::hygiene;
use super::tokens::{self, Paths};

pub(super) struct Plan<'g> {
    pub(super) graph: &'g Graph,
    /// The facade's path: `$crate`, or `::mtl`.
    pub(super) mtl: &'g TokenStream,
    /// Where the runtime's modules are found from an item.
    pub(super) paths: Paths,
    /// The names that they have where all bodies stand.
    pub(super) local: Paths,
    /// The name of the scalar's type parameter.
    pub(super) scalar: Ident,
    /// The name of the const parameter for the number of samples in a tile.
    pub(super) columns: Ident,
    /// For each node the part of the forward pass that it runs in.
    pub(super) stage: Vec<usize>,
    /// How many parts there are.
    pub(super) stages: usize,
    /// For each value whether a trainable parameter lies before it.
    pub(super) trainable: Vec<bool>,
    /// For each value, by storage, how many gradients are added up there.
    pub(super) consumers: Vec<usize>,
    /// For each value, by storage, whether its gradient is kept.
    kept: Vec<bool>,
}

impl<'g> Plan<'g> {
    pub(super) fn new(graph: &'g Graph, mtl: &'g TokenStream) -> Self {
        let mut value_stage = vec![0; graph.values.len()];
        let mut trainable = vec![false; graph.values.len()];
        let mut stage = Vec::with_capacity(graph.nodes.len());
        for node in &graph.nodes {
            let before = node.inputs.iter().map(|&input| value_stage[input]).max().unwrap_or(0);
            let after = if matches!(node.operation, Operation::BatchNorm { .. }) { before + 1 } else { before };
            let trains = has_trainable_parameters(&node.operation) || node.inputs.iter().any(|&input| trainable[input]);
            for &output in &node.outputs {
                value_stage[output] = after;
                trainable[output] = trains;
            }
            stage.push(after);
        }
        let stages = 1 + stage.iter().copied().max().unwrap_or(0);

        let mut consumers = vec![0; graph.values.len()];
        for node in &graph.nodes {
            let passes_gradients = !matches!(node.operation, Operation::Reshape) && node.outputs.iter().any(|&output| trainable[output]);
            if passes_gradients {
                for &input in &node.inputs {
                    consumers[graph.values[input].storage] += 1;
                }
            }
        }
        for head in &graph.heads {
            consumers[graph.values[head.value].storage] += 1;
        }

        let mut kept = vec![false; graph.values.len()];
        for (value, &trains) in graph.values.iter().zip(&trainable) {
            kept[value.storage] |= trains;
        }
        for head in &graph.heads {
            kept[graph.values[head.value].storage] = true;
        }

        Self {
            graph,
            mtl,
            paths: Paths::absolute(mtl),
            local: Paths::local(),
            scalar: hygiene::free(&graph.words, "T"),
            columns: format_ident!("__COLUMNS"),
            stage,
            stages,
            trainable,
            consumers,
            kept,
        }
    }

    /// `Patient` + `Inputs`, with the span of the struct's name.
    pub(super) fn type_name(&self, suffix: &str) -> Ident {
        format_ident!("{}{}", self.graph.name, suffix)
    }

    /// The type of a block: `PatientBodyBlock`.
    pub(super) fn block_type(&self, block: &Block) -> Ident {
        self.type_name(&format!("{}Block", crate::case::camel(&crate::case::plain(&block.name))))
    }

    /// `const FEATURES: usize, ` for declaring impls.
    pub(super) fn generic_parameters(&self) -> TokenStream {
        let names = self.graph.generics.iter().map(|generic| &generic.name);
        quote!(#(const #names: ::core::primitive::usize,)*)
    }

    /// `const FEATURES: usize = 5, ` for declaring types; defaults only where the user gave them.
    pub(super) fn generic_declarations(&self) -> TokenStream {
        self.graph
            .generics
            .iter()
            .map(|generic| {
                let name = &generic.name;
                let default = generic.default.as_ref().map(|value| quote!(= #value));
                quote!(const #name: ::core::primitive::usize #default,)
            })
            .collect()
    }

    /// `{ FEATURES }, ` for naming types: without its braces a type of that name would be meant.
    pub(super) fn generic_arguments(&self) -> TokenStream {
        let names = self.graph.generics.iter().map(|generic| &generic.name);
        quote!(#({ #names },)*)
    }

    /// `Patient<FEATURES, T>`.
    pub(super) fn model_type(&self) -> TokenStream {
        let name = &self.graph.name;
        self.with_scalar(name)
    }

    /// `Name<FEATURES, T>`.
    pub(super) fn with_scalar(&self, name: impl ToTokens) -> TokenStream {
        let arguments = self.generic_arguments();
        let scalar = &self.scalar;
        quote!(#name<#arguments #scalar>)
    }

    /// `Name<FEATURES, T, COLUMNS>`.
    pub(super) fn with_columns(&self, name: impl ToTokens) -> TokenStream {
        let arguments = self.generic_arguments();
        let (scalar, columns) = (&self.scalar, &self.columns);
        quote!(#name<#arguments #scalar, { #columns }>)
    }

    /// `const FEATURES: usize, T: Scalar` for impls.
    pub(super) fn impl_generics(&self) -> TokenStream {
        let (parameters, scalar, mtl) = (self.generic_parameters(), &self.scalar, self.mtl);
        quote!(#parameters #scalar: #mtl::__private::Scalar)
    }

    pub(super) fn argument(&self, dim: &Dim) -> TokenStream {
        tokens::argument(dim, self.mtl)
    }

    pub(super) fn size(&self, dim: &Dim) -> TokenStream {
        tokens::size(dim, self.mtl)
    }

    /// The size of a value as a generic argument.
    pub(super) fn width(&self, value: ValueId) -> TokenStream {
        self.argument(&self.graph.values[value].size)
    }

    /// The channels of an image that a normalisation goes along: it does the same to every pixel. `None` for any other node, and for vectors.
    pub(super) fn channels(&self, node: &Node) -> Option<TokenStream> {
        let shape = &self.graph.values[node.inputs[0]].shape;
        let is_normalization = matches!(node.operation, Operation::BatchNorm { .. } | Operation::LayerNorm { .. } | Operation::Normalize);
        if is_normalization && shape.len() > 1 { shape.last().map(|channels| self.argument(channels)) } else { None }
    }

    /// How many numbers a step takes at a time as a generic argument: of a value all, or where a normalisation takes pixels the channels of one.
    pub(super) fn taken(&self, node: &Node) -> TokenStream {
        self.channels(node).unwrap_or_else(|| self.width(node.inputs[0]))
    }

    /// The samples of a field `of` the values or gradients, as a node takes them.
    pub(super) fn columns_of(&self, node: &Node, of: &TokenStream) -> TokenStream {
        let layer = &self.local.layer;
        match self.channels(node) {
            None => quote!(&#of[..__columns]),
            Some(channels) => quote!(#layer::pixels::<_, _, #channels>(&#of[..__columns])),
        }
    }

    /// As [`columns_of`](Self::columns_of), to be written.
    pub(super) fn columns_of_mut(&self, node: &Node, of: &TokenStream) -> TokenStream {
        let layer = &self.local.layer;
        match self.channels(node) {
            None => quote!(&mut #of[..__columns]),
            Some(channels) => quote!(#layer::pixels_mut::<_, _, #channels>(&mut #of[..__columns])),
        }
    }

    /// The field of the values struct that holds a value.
    pub(super) fn value_field(&self, value: ValueId) -> Ident {
        format_ident!("v{}", self.graph.values[value].storage)
    }

    /// The field of the gradients struct that holds a value's gradient.
    pub(super) fn gradient_field(&self, value: ValueId) -> Ident {
        format_ident!("g{}", self.graph.values[value].storage)
    }

    /// Whether several gradients are added up for a value, so that it starts from zero.
    pub(super) fn adds(&self, value: ValueId) -> bool {
        self.consumers[self.graph.values[value].storage] > 1
    }

    /// Whether a value's gradient is kept.
    pub(super) fn has_gradient(&self, value: ValueId) -> bool {
        self.kept[self.graph.values[value].storage]
    }

    /// `model.body.dense1` without the model: `body.dense1`.
    pub(super) fn slot(&self, node: &Node) -> Option<TokenStream> {
        let slot = node.slot?;
        let block = &self.graph.blocks[slot.block];
        let (block_name, layer) = (&block.name, &block.layers[slot.layer].name);
        Some(quote!(#block_name.#layer))
    }

    /// The type of a layer's parameters.
    pub(super) fn parameters_type(&self, layer: &BlockLayer, paths: &Paths) -> TokenStream {
        let scalar = &self.scalar;
        let (input, output) = (self.argument(&layer.input), self.argument(&layer.output));
        let layers = &paths.layer;
        match &layer.operation {
            Operation::Dense { bias, .. } | Operation::Convolution { bias, .. } => {
                let bias = if *bias { output.clone() } else { quote!(0usize) };
                quote!(#layers::DenseParameters<#input, #output, #bias, #scalar>)
            }
            Operation::BatchNorm { .. } => quote!(#layers::BatchNormParameters<#output, #scalar>),
            Operation::LayerNorm { .. } => quote!(#layers::LayerNormParameters<#output, #scalar>),
            Operation::Normalize => quote!(#layers::NormalizeParameters<#output, #scalar>),
            Operation::Embedding { classes, units } => {
                let (classes, units) = (self.argument(classes), self.argument(units));
                quote!(#layers::EmbeddingParameters<#classes, #units, #scalar>)
            }
            Operation::Recurrent(recurrent) => {
                let (cell, features, units) = (tokens::cell(recurrent, paths), self.argument(&recurrent.features), self.argument(&recurrent.units));
                let (rows, biases) = (self.argument(&recurrent.rows()), tokens::biases(recurrent));
                quote!(#layers::RecurrentParameters<#cell, #features, #units, #rows, #biases, #scalar>)
            }
            Operation::CrossStitch { inputs, channels, .. } => {
                let channels = self.argument(channels);
                quote!(#layers::CrossStitchParameters<#channels, #inputs, #scalar>)
            }
            Operation::Custom(custom) => {
                let kind = own::layer(custom, &layer.input, self.mtl);
                quote!(<#kind as #layers::Layer<#input, #output, #scalar>>::Parameters)
            }
            Operation::Dropout { .. }
            | Operation::GaussianNoise { .. }
            | Operation::Concat
            | Operation::Add
            | Operation::Multiply
            | Operation::Average
            | Operation::Maximum
            | Operation::OneHot { .. }
            | Operation::Reshape
            | Operation::Activation(_)
            | Operation::Softmax
            | Operation::Mixture { .. }
            | Operation::Pool { .. } => quote!(()),
        }
    }

    /// `if heads.intersects(..)` around what not every head needs; for bodies with the local names.
    pub(super) fn guarded(&self, heads: Heads, body: TokenStream) -> TokenStream {
        let (model, set) = (&self.local.model, heads.0);
        if self.graph.heads.len() as u32 == heads.0.count_ones() {
            quote!({ #body })
        } else {
            quote!(if #model::HeadSet::intersects(__heads, #model::HeadSet(#set)) { #body })
        }
    }

    /// The numbers of the `Normalize` layers by slot, in the order in which the nodes meet them.
    pub(super) fn normalizers(&self) -> Vec<(crate::graph::Slot, Vec<&'g Node>)> {
        let mut slots: Vec<(crate::graph::Slot, Vec<&Node>)> = Vec::new();
        for node in &self.graph.nodes {
            if let (Operation::Normalize, Some(slot)) = (&node.operation, node.slot) {
                match slots.iter_mut().find(|(known, _)| *known == slot) {
                    Some((_, nodes)) => nodes.push(node),
                    None => slots.push((slot, vec![node])),
                }
            }
        }
        slots
    }
}

pub(super) fn has_trainable_parameters(operation: &Operation) -> bool {
    match operation {
        Operation::Dense { .. } | Operation::BatchNorm { .. } | Operation::LayerNorm { .. } | Operation::Embedding { .. } => true,
        Operation::Recurrent(_) | Operation::CrossStitch { .. } | Operation::Convolution { .. } | Operation::Custom(_) => true,
        Operation::Normalize
        | Operation::Dropout { .. }
        | Operation::GaussianNoise { .. }
        | Operation::Concat
        | Operation::Add
        | Operation::Multiply
        | Operation::Average
        | Operation::Maximum
        | Operation::OneHot { .. }
        | Operation::Reshape
        | Operation::Activation(_)
        | Operation::Softmax
        | Operation::Mixture { .. }
        | Operation::Pool { .. } => false,
    }
}
