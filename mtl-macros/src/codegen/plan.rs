//! What code generation derives from the graph once: stages, which gradients are needed, who shares a buffer.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote};

use crate::emit::{Emit, Paths};
use crate::graph::{Block, BlockLayer, Graph, Heads, Node, Slot, ValueId};
use crate::size::Dim;
use crate::step::Sizes;

use super::hygiene;

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
            let after = if node.operation.is_over_batch() { before + 1 } else { before };
            let trains = !node.operation.follows_loss() && (node.operation.is_trained() || node.inputs.iter().any(|&input| trainable[input]));
            for &output in &node.outputs {
                value_stage[output] = after;
                trainable[output] = trains;
            }
            stage.push(after);
        }
        let stages = 1 + stage.iter().copied().max().unwrap_or(0);

        let mut consumers = vec![0; graph.values.len()];
        for node in &graph.nodes {
            let passes_gradients = !node.operation.is_view() && node.outputs.iter().any(|&output| trainable[output]);
            if passes_gradients {
                for &input in &node.inputs {
                    consumers[graph.values[input].storage] += 1;
                }
            }
        }
        for head in &graph.heads {
            consumers[graph.values[graph.loss_value(head)].storage] += 1;
        }

        let mut kept = vec![false; graph.values.len()];
        for (value, &trains) in graph.values.iter().zip(&trainable) {
            kept[value.storage] |= trains;
        }
        for head in &graph.heads {
            kept[graph.values[graph.loss_value(head)].storage] = true;
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

    /// The struct's name where generated code uses it: what an editor shows at the name is the struct, and not its uses.
    pub(super) fn own_name(&self) -> Ident {
        let mut name = self.graph.name.clone();
        name.set_span(Span::call_site().resolved_at(name.span()));
        name
    }

    /// `Patient` + `Inputs`, where the word `struct` stands: at the name an editor shows the struct alone.
    pub(super) fn type_name(&self, suffix: &str) -> Ident {
        format_ident!("{}{}", self.graph.name, suffix, span = self.graph.keyword.resolved_at(self.graph.name.span()))
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
        self.with_scalar(self.own_name())
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

    /// Tokens where all bodies stand.
    pub(super) fn emit(&self) -> Emit<'_> {
        Emit { mtl: self.mtl, paths: &self.local, scalar: &self.scalar }
    }

    /// Tokens in an item.
    pub(super) fn emit_absolute(&self) -> Emit<'_> {
        Emit { mtl: self.mtl, paths: &self.paths, scalar: &self.scalar }
    }

    pub(super) fn argument(&self, dim: &Dim) -> TokenStream {
        self.emit().argument(dim)
    }

    pub(super) fn size(&self, dim: &Dim) -> TokenStream {
        self.emit().size(dim)
    }

    /// The size of a value as a generic argument.
    pub(super) fn width(&self, value: ValueId) -> TokenStream {
        self.argument(&self.graph.values[value].size)
    }

    /// The sizes of a node as its step sees them: of a step along the channels those of one pixel.
    pub(super) fn seen(&self, node: &Node) -> Sizes {
        let sizes = self.graph.sizes(node);
        if node.operation.is_along_channels() { sizes.along_channels() } else { sizes }
    }

    /// The channels of an image that a step goes along, if it is one that does: it does the same to every pixel. `None` for vectors.
    pub(super) fn channels(&self, node: &Node) -> Option<TokenStream> {
        let shape = &self.graph.values[node.inputs[0]].shape;
        if node.operation.is_along_channels() && shape.len() > 1 { shape.last().map(|channels| self.argument(channels)) } else { None }
    }

    /// How many numbers a step takes at a time as a generic argument: of a value all, or where it goes along the channels those of one pixel.
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
    pub(super) fn parameters_type(&self, layer: &BlockLayer, emit: &Emit<'_>) -> TokenStream {
        layer.operation.parameters(&layer.sizes, emit)
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

    /// The layers that `adapt` measures by slot, in the order in which the nodes meet them.
    pub(super) fn normalizers(&self) -> Vec<(Slot, Vec<&'g Node>)> {
        let mut slots: Vec<(Slot, Vec<&Node>)> = Vec::new();
        for node in self.graph.nodes.iter().filter(|node| node.operation.adapts()) {
            let Some(slot) = node.slot else { continue };
            match slots.iter_mut().find(|(known, _)| *known == slot) {
                Some((_, nodes)) => nodes.push(node),
                None => slots.push((slot, vec![node])),
            }
        }
        slots
    }
}
