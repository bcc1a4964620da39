//! Which normalisations can be folded into a dense layer beside them, and the code that does it.
//!
//! When predicting, `Normalize` and `BatchNorm` are affine, `y = a ⊙ x + c`, and so can be part of a `Dense` right before
//! (if it has no activation) or right after. In between only what is the identity when predicting may stand, and no value may
//! have another use.

use proc_macro2::TokenStream;
use quote::quote;

use crate::graph::{Activation, Graph, Node, Operation, ValueId};

use super::plan::Plan;
use super::tokens;

/// A normalisation and the dense layer that takes it in, by the numbers of their nodes.
struct Fold {
    normalization: usize,
    dense: usize,
    side: Side,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    /// The normalisation comes before the dense layer.
    Input,
    /// It comes after.
    Output,
}

/// The methods `fold` and `folded`.
pub(super) fn methods(plan: &Plan<'_>) -> TokenStream {
    let (mtl, visibility) = (plan.mtl, &plan.graph.visibility);
    let folds = folds(plan.graph);
    let steps = folds.iter().filter_map(|fold| {
        let (normalization, dense) = (&plan.graph.nodes[fold.normalization], &plan.graph.nodes[fold.dense]);
        let (from, to) = (plan.slot(normalization)?, plan.slot(dense)?);
        let affine = match &normalization.operation {
            Operation::BatchNorm { momentum, epsilon } => {
                let (width, momentum, epsilon) = (plan.width(normalization.inputs[0]), tokens::number(momentum), tokens::number(epsilon));
                quote!(#mtl::__private::layer::BatchNorm::<#width>::new(#momentum, #epsilon).take_affine(&mut self.#from))
            }
            _ => quote!(self.#from.take_affine()),
        };
        Some(match fold.side {
            Side::Input => quote!(let affine = #affine; self.#to.fold_before(&affine);),
            Side::Output => quote!(let affine = #affine; self.#to.fold_after(&affine);),
        })
    });
    let mut doc = String::from("Makes each normalisation part of the `Dense` beside it, where the graph allows, and the identity in its place.\n\n");
    if folds.is_empty() {
        doc.push_str("In this model there is none that it can be done with: nothing changes.");
    } else {
        doc.push_str("Predictions stay the same to rounding. Training goes other ways from here: do it at the end.\n");
        for fold in &folds {
            doc.push_str(&format!("\n* `{}` becomes part of `{}`", plan.graph.nodes[fold.normalization].path, plan.graph.nodes[fold.dense].path));
        }
    }
    quote! {
        #[doc = #doc]
        #visibility fn fold(&mut self) { #(#steps)* }

        /// A copy of the model after `fold`.
        #[must_use]
        #visibility fn folded(&self) -> Self {
            let mut model = *self;
            model.fold();
            model
        }
    }
}

/// What can be folded, in an order in which it can be done one after the other.
fn folds(graph: &Graph) -> Vec<Fold> {
    let mut folds: Vec<Fold> = Vec::new();
    let candidates: Vec<usize> = (0..graph.nodes.len())
        .filter(|&number| matches!(graph.nodes[number].operation, Operation::Normalize | Operation::BatchNorm { .. }) && is_alone(graph, number))
        .collect();
    // From the last on, so that of two in a row the second is the identity when the first looks for a dense layer behind it.
    for &normalization in candidates.iter().rev() {
        if let Some(dense) = neighbour(graph, normalization, Side::Input, &folds) {
            folds.push(Fold { normalization, dense, side: Side::Input });
        }
    }
    for &normalization in &candidates {
        if folds.iter().all(|fold| fold.normalization != normalization)
            && let Some(dense) = neighbour(graph, normalization, Side::Output, &folds)
        {
            folds.push(Fold { normalization, dense, side: Side::Output });
        }
    }
    folds
}

/// The dense layer behind a normalisation (which is then at its input), or before it.
fn neighbour(graph: &Graph, normalization: usize, side: Side, folded: &[Fold]) -> Option<usize> {
    let mut at = normalization;
    loop {
        at = match side {
            Side::Input => only_use(graph, graph.nodes[at].outputs[0])?,
            Side::Output => {
                let value = graph.nodes[at].inputs[0];
                only_use(graph, value)?;
                graph.nodes.iter().position(|node| node.outputs.contains(&value))?
            }
        };
        let node = &graph.nodes[at];
        match &node.operation {
            Operation::Dense { bias: true, activation, .. } => {
                let is_affine = side == Side::Input || *activation == Activation::Named("Linear");
                return (is_affine && is_alone(graph, at)).then_some(at);
            }
            Operation::Normalize | Operation::BatchNorm { .. } if folded.iter().any(|fold| fold.normalization == at) => {}
            operation if is_identity(operation) => {}
            _ => return None,
        }
    }
}

/// The one node that takes a value; `None` where there are more, or a head ends in it.
fn only_use(graph: &Graph, value: ValueId) -> Option<usize> {
    if graph.heads.iter().any(|head| head.value == value) {
        return None;
    }
    let takes = |node: &Node| node.inputs.iter().filter(|&&input| input == value).count();
    if graph.nodes.iter().map(takes).sum::<usize>() != 1 {
        return None;
    }
    graph.nodes.iter().position(|node| takes(node) == 1)
}

/// Whether no other node has the same parameters.
fn is_alone(graph: &Graph, number: usize) -> bool {
    graph.nodes.iter().filter(|node| node.slot == graph.nodes[number].slot).count() == 1
}

/// Whether a step does nothing when predicting.
fn is_identity(operation: &Operation) -> bool {
    matches!(operation, Operation::Dropout { .. } | Operation::GaussianNoise { .. } | Operation::Reshape)
}
