//! Which normalisations can be folded into a layer beside them, and the code that does it.
//!
//! When predicting, `Normalize` and `BatchNorm` are affine, `y = a ⊙ x + c`, and so can be part of a `Dense` or a convolution right before
//! (if it has no activation) or right after. In between only what is the identity when predicting may stand, and no value may
//! have another use. A convolution must see the very channels that are normalised, and behind a normalisation no padding, which
//! would be normalised zeros and is zeros.

use std::collections::HashMap;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use crate::graph::{Graph, Node, ValueId};
use crate::step::Folding;

use super::plan::Plan;

/// A normalisation and the dense layer that takes it in, by the numbers of their nodes.
pub(super) struct Fold {
    pub(super) normalization: usize,
    dense: usize,
    side: Side,
    /// The normalisations in between, which are folded before it.
    between: Vec<usize>,
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
    let visibility = &plan.graph.visibility;
    let folds = folds(plan.graph);
    let (steps, model) = (folds.iter().filter_map(|fold| step_that_keeps_precision(plan, fold)), plan.free("model"));
    let mut doc = String::from("Makes each normalisation part of the layer beside it, where the graph allows, and the identity in its place.\n\n");
    if folds.is_empty() {
        doc.push_str("In this model there is none that it can be done with: nothing changes.");
    } else {
        doc.push_str(
            "Predictions stay the same to rounding: values whose mean is more than 16 times as far from 0 as they spread are left to the normalisation, \
             as their differences from the mean would be lost. Training goes other ways from here: do it at the end.\n",
        );
        if folds.iter().any(|fold| plan.graph.nodes[fold.normalization].operation.follows_loss()) {
            doc.push_str(
                "\nLosses of heads with standardized targets are in the unit of the targets from here, as there is no spread to divide by.\n",
            );
        }
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
            let mut #model = *self;
            Self::fold(&mut #model);
            #model
        }
    }
}

/// The code that folds a normalisation of `self` into its neighbour, but for the values that would lose precision by it.
fn step_that_keeps_precision(plan: &Plan<'_>, fold: &Fold) -> Option<TokenStream> {
    let step = step(plan, fold, &quote!(self), "take_foldable")?;
    // What was left of a normalisation in between would come after what is folded past it.
    let between = fold.between.iter().filter_map(|&number| {
        let normalization = &plan.graph.nodes[number];
        let slot = plan.slot(normalization)?;
        Some(call(plan, normalization, "is_identity", &quote!(&), &quote!(self.#slot)))
    });
    let between = between.collect::<Vec<_>>();
    Some(if between.is_empty() { step } else { quote!(if #(#between)&&* { #step }) })
}

/// The code that folds the normalisations of `model` into their neighbours, all of them, whatever it costs in precision.
pub(super) fn steps(plan: &Plan<'_>, folds: &[Fold], model: &TokenStream) -> Vec<TokenStream> {
    folds.iter().filter_map(|fold| step(plan, fold, model, "take_affine")).collect()
}

fn step(plan: &Plan<'_>, fold: &Fold, model: &TokenStream, take: &str) -> Option<TokenStream> {
    let (normalization, dense) = (&plan.graph.nodes[fold.normalization], &plan.graph.nodes[fold.dense]);
    let (from, to) = (plan.slot(normalization)?, plan.slot(dense)?);
    let affine = call(plan, normalization, take, &quote!(&mut), &quote!(#model.#from));
    Some(match fold.side {
        Side::Input => quote!(let __affine = #affine; __layer::DenseParameters::fold_before(&mut #model.#to, &__affine);),
        Side::Output => quote!(let __affine = #affine; __layer::DenseParameters::fold_after(&mut #model.#to, &__affine);),
    })
}

/// What a normalisation computes; its parameters are those of the identity from then on.
pub(super) fn affine(plan: &Plan<'_>, normalization: &Node, parameters: &TokenStream) -> TokenStream {
    call(plan, normalization, "take_affine", &quote!(&mut), parameters)
}

/// A call of a method of a normalisation: of its parameters, or of its descriptor with a reference to them.
fn call(plan: &Plan<'_>, normalization: &Node, method: &str, reference: &TokenStream, parameters: &TokenStream) -> TokenStream {
    let method = format_ident!("{method}");
    normalization.operation.affine(&plan.seen(normalization), &method, reference, parameters, &plan.emit())
}

/// What can be folded, in an order in which it can be done one after the other.
pub(super) fn folds(graph: &Graph) -> Vec<Fold> {
    let mut neighbours = Neighbours::new(graph);
    let mut folds: Vec<Fold> = Vec::new();
    let candidates: Vec<usize> = (0..graph.nodes.len())
        .filter(|&number| graph.nodes[number].operation.folding() == Folding::Normalization && neighbours.is_alone(&graph.nodes[number]))
        .collect();
    let inputs = candidates.iter().rev().map(|&normalization| (normalization, Side::Input));
    let outputs = candidates.iter().map(|&normalization| (normalization, Side::Output));
    // Inputs from the last on, so that of two in a row the second is the identity when the first looks for a dense layer behind it.
    for (normalization, side) in inputs.chain(outputs) {
        if !neighbours.folded[normalization]
            && let Some((dense, between)) = neighbours.dense(normalization, side)
        {
            neighbours.folded[normalization] = true;
            folds.push(Fold { normalization, dense, side, between });
        }
    }
    folds
}

/// Who stands beside whom.
struct Neighbours<'g> {
    graph: &'g Graph,
    /// For each value the node that makes it.
    maker: Vec<Option<usize>>,
    /// For each value how many take it, heads too, and the last node that does.
    takers: Vec<(usize, Option<usize>)>,
    /// How many nodes use the parameters of a slot.
    uses: HashMap<(usize, usize), usize>,
    /// For each node whether it is a normalisation that is the identity from then on.
    folded: Vec<bool>,
}

impl<'g> Neighbours<'g> {
    fn new(graph: &'g Graph) -> Self {
        let (mut maker, mut takers, mut uses) = (vec![None; graph.values.len()], vec![(0, None); graph.values.len()], HashMap::new());
        for (number, node) in graph.nodes.iter().enumerate() {
            node.outputs.iter().for_each(|&output| maker[output] = Some(number));
            for &input in &node.inputs {
                takers[input] = (takers[input].0 + 1, Some(number));
            }
            if let Some(slot) = node.slot {
                *uses.entry((slot.block, slot.layer)).or_default() += 1;
            }
        }
        for head in &graph.heads {
            takers[head.value].0 += 1;
        }
        Self { graph, maker, takers, uses, folded: vec![false; graph.nodes.len()] }
    }

    /// The dense layer or convolution behind a normalisation (which is then at its input), or before it, and the normalisations in between.
    fn dense(&self, normalization: usize, side: Side) -> Option<(usize, Vec<usize>)> {
        let (mut at, mut reshaped, mut between) = (normalization, false, Vec::new());
        loop {
            at = match side {
                Side::Input => self.only_taker(self.graph.nodes[at].outputs[0])?,
                Side::Output => {
                    let value = self.graph.nodes[at].inputs[0];
                    self.only_taker(value)?;
                    self.maker[value]?
                }
            };
            let node = &self.graph.nodes[at];
            match node.operation.folding() {
                Folding::Weights { before, after, of_channels } => {
                    let is_affine = if side == Side::Input { before } else { after };
                    return (is_affine && !(of_channels && reshaped) && self.is_alone(node)).then_some((at, between));
                }
                Folding::Reshapes => reshaped = true,
                Folding::Normalization if self.folded[at] => between.push(at),
                Folding::Identity => {}
                Folding::Normalization | Folding::No => return None,
            }
        }
    }

    /// The one node that takes a value; `None` where there are more, or a head ends in it.
    fn only_taker(&self, value: ValueId) -> Option<usize> {
        let (count, taker) = self.takers[value];
        if count == 1 { taker } else { None }
    }

    /// Whether no other node has the same parameters.
    fn is_alone(&self, node: &Node) -> bool {
        node.slot.is_some_and(|slot| self.uses.get(&(slot.block, slot.layer)) == Some(&1))
    }
}
