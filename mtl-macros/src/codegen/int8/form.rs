//! What is known of every value in eight bits: whether it is bytes or real, which share a range, and what scales a range has.

use proc_macro2::TokenStream;
use quote::quote;

use crate::function::Function;
use crate::graph::{Graph, InputKind, Node, ValueId};
use crate::size::Dim;
use crate::step::convolution::Convolution;
use crate::step::dense::Dense;
use crate::step::pool::Pooling;
use crate::step::{Folding, Operation};
use crate::vocabulary::Cuts;

use super::super::fold;
use super::super::plan::Plan;

/// What is known of the values in this form.
pub(super) struct Form<'p, 'g> {
    pub(super) plan: &'p Plan<'g>,
    pub(super) folds: Vec<fold::Fold>,
    /// For each value the one that it is the same as: steps that do nothing are looked through.
    pub(super) same: Vec<ValueId>,
    /// For each value whether it is kept in `f32`: of those that steps make, between the last `Dense` of a head and its end.
    pub(super) real: Vec<bool>,
    /// For each value whether it is kept in `f32` where the model begins: what a normalisation of a row, or a function of an input, is computed
    /// from, and what it gives.
    pub(super) early: Vec<bool>,
    /// For each value the number of its range. The uses of one `layer` have the same, and so the same scales.
    pub(super) range: Vec<usize>,
    /// For each range of values what scales it has.
    pub(super) scales: Vec<ScaleKind>,
}

/// The scales of a range, with the channels that have one each.
#[derive(Clone, PartialEq)]
pub(super) enum ScaleKind {
    /// There are no such bytes.
    Unused,
    /// One for all.
    Common,
    /// One for each channel, with the same zero point.
    OneZero(Dim),
    /// One for each channel.
    Free(Dim),
    /// Of a `Concat`, by its number: those of its inputs, one after the other.
    Joined(usize),
}

/// What a step leaves of the scales of what it gives or takes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Allows {
    Common,
    OneZero,
    Free,
}

impl<'p, 'g> Form<'p, 'g> {
    pub(super) fn new(plan: &'p Plan<'g>) -> Self {
        let graph = plan.graph;
        let mut folds = fold::folds(graph);
        let mut same: Vec<ValueId> = (0..graph.values.len()).collect();
        // A normalisation right after an input is part of the input's quantisation: its values are nowhere in bytes before.
        folds.retain(|fold| !starts_at_an_input(graph, &graph.nodes[fold.normalization]));
        for (number, node) in graph.nodes.iter().enumerate() {
            if does_nothing(&node.operation) || folds.iter().any(|fold| fold.normalization == number) {
                same[node.outputs[0]] = same[node.inputs[0]];
            }
        }
        let mut form = Self { plan, folds, same, real: Vec::new(), early: Vec::new(), range: Vec::new(), scales: Vec::new() };
        form.early = form.early_values();
        form.real = form.real_values();
        form.range = form.ranges();
        form.scales = form.scale_kinds();
        form
    }

    pub(super) fn graph(&self) -> &'g Graph {
        self.plan.graph
    }

    /// The steps that do something, with their numbers.
    pub(super) fn steps(&self) -> impl Iterator<Item = (usize, &'g Node)> {
        let graph = self.graph();
        graph.nodes.iter().enumerate().filter(|(_, node)| self.same[node.outputs[0]] == node.outputs[0])
    }

    pub(super) fn input(&self, node: &Node) -> ValueId {
        self.same[node.inputs[0]]
    }

    /// The number of an input, if the value is one.
    pub(super) fn number_of_input(&self, value: ValueId) -> Option<usize> {
        self.graph().inputs.iter().position(|input| input.value == value)
    }

    pub(super) fn is_class(&self, value: ValueId) -> bool {
        self.graph().inputs.iter().any(|input| input.value == value && matches!(input.kind, InputKind::Class(_)))
    }

    /// A normalisation right after an input that is part of its quantisation: the number of the input.
    pub(super) fn edge(&self, node: &Node) -> Option<usize> {
        if self.early[node.outputs[0]] {
            return None;
        }
        (node.operation.folding() == Folding::Normalization).then(|| self.number_of_input(self.input(node))).flatten()
    }

    /// The first node with the same parameters, whose part is that of all.
    pub(super) fn lead(&self, number: usize) -> usize {
        let graph = self.graph();
        let node = &graph.nodes[number];
        if !is_shared(&node.operation) {
            return number;
        }
        graph.nodes.iter().position(|other| other.slot.is_some() && other.slot == node.slot).unwrap_or(number)
    }

    /// What a row's normalisation or a function is computed from in `f32`, back to the inputs, and what it gives.
    fn early_values(&self) -> Vec<bool> {
        let graph = self.graph();
        let is_function = |node: &Node| matches!(node.operation, Operation::LayerNorm(_) | Operation::Activation(_));
        let mut may_be = vec![false; graph.values.len()];
        for input in &graph.inputs {
            may_be[input.value] = matches!(input.kind, InputKind::Real(_));
        }
        for (_, node) in self.steps() {
            let has_real_form =
                is_function(node) || matches!(node.operation, Operation::Normalize(_) | Operation::BatchNorm(_) | Operation::Concat(_));
            may_be[node.outputs[0]] = has_real_form && node.inputs.iter().all(|&input| may_be[self.same[input]]);
        }
        let mut early = vec![false; graph.values.len()];
        for (_, node) in self.steps().collect::<Vec<_>>().into_iter().rev() {
            let output = node.outputs[0];
            if may_be[output] && (early[output] || is_function(node)) {
                early[output] = true;
                node.inputs.iter().for_each(|&input| early[self.same[input]] = true);
            }
        }
        early
    }

    /// Begins with every value that may be real and takes out those that go into bytes, until nothing changes.
    pub(super) fn real_values(&self) -> Vec<bool> {
        let mut real = vec![false; self.graph().values.len()];
        for (_, node) in self.steps() {
            let may_be = matches!(node.operation, Operation::Dense(_) | Operation::Activation(_) | Operation::Softmax(_));
            real[node.outputs[0]] = may_be && !self.early[node.outputs[0]];
        }
        loop {
            let before = real.clone();
            for (_, node) in self.steps() {
                let stays_real = matches!(node.operation, Operation::Activation(_) | Operation::Softmax(_)) && real[node.outputs[0]];
                for &input in &node.inputs {
                    real[self.same[input]] &= stays_real;
                }
                // An activation of bytes is a table; a softmax at the end of a head is better from what they stand for.
                if matches!(node.operation, Operation::Activation(_)) && !real[self.input(node)] {
                    real[node.outputs[0]] = false;
                }
            }
            for (number, node) in self.steps() {
                let agreed = self.uses(number).iter().all(|&other| real[self.graph().nodes[other].outputs[0]]);
                real[node.outputs[0]] &= agreed;
            }
            if real == before {
                return real;
            }
        }
    }

    /// The nodes that share a part with this one, itself among them.
    pub(super) fn uses(&self, number: usize) -> Vec<usize> {
        let lead = self.lead(number);
        self.steps().map(|(other, _)| other).filter(|&other| self.lead(other) == lead).collect()
    }

    pub(super) fn ranges(&self) -> Vec<usize> {
        let mut range: Vec<usize> = self.same.clone();
        let mut join = |left: ValueId, right: ValueId| {
            let (left, right) = (range[left], range[right]);
            range.iter_mut().filter(|number| **number == right).for_each(|number| *number = left);
        };
        for (number, node) in self.steps() {
            let lead = &self.graph().nodes[self.lead(number)];
            join(self.input(lead), self.input(node));
            join(lead.outputs[0], node.outputs[0]);
            // The greatest of some bytes is one of them.
            if matches!(&node.operation, Operation::Pool(pool) if pool.pooling == Pooling::Max) {
                join(self.input(node), node.outputs[0]);
            }
        }
        range
    }

    /// The number of the range of what a layer gives before its activation.
    pub(super) fn range_before_activation(&self, number: usize) -> usize {
        self.graph().values.len() + self.lead(number)
    }

    /// Whether steps need the value in bytes, where it is not real.
    pub(super) fn is_taken(&self, value: ValueId) -> bool {
        let takes_bytes = |node: &Node| self.edge(node).is_none() && !self.early[node.outputs[0]] && !self.takes_reals(node, value);
        let by_step = self.steps().any(|(_, node)| takes_bytes(node) && node.inputs.iter().any(|&input| self.same[input] == value));
        by_step || (self.is_end(value) && !self.early[value])
    }

    /// Whether a step computes from the value in `f32`, as it is real already.
    fn takes_reals(&self, node: &Node, value: ValueId) -> bool {
        self.early[value] && matches!(node.operation, Operation::Softmax(_)) && self.real[node.outputs[0]]
    }

    pub(super) fn is_end(&self, value: ValueId) -> bool {
        self.graph().heads.iter().any(|head| self.same[head.value] == value)
    }

    /// Values in bytes that are needed as real numbers too.
    pub(super) fn is_dequantized(&self, value: ValueId) -> bool {
        let by_softmax = || {
            self.steps().any(|(_, node)| matches!(node.operation, Operation::Softmax(_)) && self.real[node.outputs[0]] && self.input(node) == value)
        };
        !self.real[value] && !self.early[value] && (self.is_end(value) || by_softmax())
    }

    /// The values in bytes, inputs first.
    pub(super) fn bytes(&self) -> Vec<ValueId> {
        let inputs = self.graph().inputs.iter().map(|input| input.value).filter(|&value| !self.is_class(value) && self.is_taken(value));
        let is_in_bytes = |value: ValueId| !self.real[value] && (!self.early[value] || self.is_taken(value));
        inputs.chain(self.steps().map(|(_, node)| node.outputs[0]).filter(|&value| is_in_bytes(value))).collect()
    }

    pub(super) fn reals(&self) -> Vec<ValueId> {
        let is_real = |value: ValueId| self.real[value] || self.early[value] || (self.same[value] == value && self.is_dequantized(value));
        (0..self.graph().values.len()).filter(|&value| is_real(value)).collect()
    }

    /// The channels of a value: the last of its dimensions.
    fn channels(&self, value: ValueId) -> Option<&'g Dim> {
        self.graph().values[value].shape.last()
    }

    /// For each range the most that the steps around its values allow. A layer with weights takes any scales into these, and its sums go to any
    /// that are asked for; what is computed from bytes alone needs one scale.
    fn scale_kinds(&self) -> Vec<ScaleKind> {
        let bytes = self.bytes();
        let mut kinds = vec![ScaleKind::Unused; self.graph().values.len()];
        for (range, kind) in kinds.iter_mut().enumerate() {
            let values: Vec<ValueId> = bytes.iter().copied().filter(|&value| self.range[value] == range).collect();
            let Some(&first) = values.first() else { continue };
            let one = values.iter().all(|&value| self.channels(value) == self.channels(first));
            let allowed = values.iter().map(|&value| self.maker_allows(value)).min();
            *kind = match (self.channels(first), allowed, self.concat(first)) {
                (Some(_), _, Some(concat)) if values.len() == 1 => ScaleKind::Joined(concat),
                (Some(dim), Some(Allows::OneZero), None) if one => ScaleKind::OneZero(dim.clone()),
                (Some(dim), Some(Allows::Free), None) if one => ScaleKind::Free(dim.clone()),
                _ => ScaleKind::Common,
            };
        }
        // A `Concat` that some step takes on one scale needs one of each of its inputs.
        loop {
            let before = kinds.clone();
            for (range, kind) in kinds.iter_mut().enumerate() {
                let takers = bytes.iter().filter(|&&value| self.range[value] == range).map(|&value| self.takers_allow(value, &before)).min();
                *kind = match (&*kind, takers.unwrap_or(Allows::Free)) {
                    (ScaleKind::Unused, _) => ScaleKind::Unused,
                    (kind, Allows::Free) => kind.clone(),
                    (ScaleKind::Free(dim) | ScaleKind::OneZero(dim), Allows::OneZero) => ScaleKind::OneZero(dim.clone()),
                    _ => ScaleKind::Common,
                };
            }
            if kinds == before {
                return kinds;
            }
        }
    }

    /// The number of the step that makes a value and can make low bytes of it too, where steps can take them: only a `Dense` can.
    pub(super) fn maker_of_low(&self, value: ValueId) -> Option<usize> {
        if self.real[value] || matches!(self.scales[self.range[value]], ScaleKind::Unused | ScaleKind::Common | ScaleKind::Joined(_)) {
            return None;
        }
        let is_alone = self.bytes().iter().filter(|&&other| self.range[other] == self.range[value]).count() == 1;
        let (maker, node) = self.steps().find(|(_, node)| node.outputs[0] == value)?;
        let can_make = match &node.operation {
            Operation::Dense(_) => self.uses(maker).len() == 1,
            _ => self.edge(node).is_some(),
        };
        let takers = || self.steps().filter(|(_, node)| node.inputs.iter().any(|&input| self.same[input] == value));
        let is_dense = |node: &Node| matches!(node.operation, Operation::Dense(_));
        let all_alone = takers().all(|(number, node)| !is_dense(node) || self.uses(number).len() == 1);
        (is_alone && can_make && all_alone && takers().any(|(_, node)| is_dense(node))).then_some(maker)
    }

    /// The number of the `Concat` that makes a value.
    fn concat(&self, value: ValueId) -> Option<usize> {
        self.steps().find(|(_, node)| node.outputs[0] == value && matches!(node.operation, Operation::Concat(_))).map(|(number, _)| number)
    }

    fn maker_allows(&self, value: ValueId) -> Allows {
        if self.early[value] && self.number_of_input(value).is_none() {
            return Allows::Free;
        }
        let Some((_, node)) = self.steps().find(|(_, node)| node.outputs[0] == value) else { return Allows::Common };
        match &node.operation {
            Operation::Dense(Dense(weighted)) | Operation::Convolution(Convolution { weighted, .. }) => match Bound::of(&weighted.function) {
                Some(Bound::None) => Allows::Free,
                Some(Bound::Below) => Allows::OneZero,
                Some(Bound::Six) | None => Allows::Common,
            },
            Operation::Normalize(_) | Operation::BatchNorm(_) | Operation::LayerNorm(_) | Operation::Embedding(_) | Operation::Concat(_) => {
                Allows::Free
            }
            Operation::Pool(pool) if pool.pooling == Pooling::Max => Allows::Free,
            Operation::CrossStitch(stitch) if Some(&stitch.channels(&self.graph().sizes(node))) == self.channels(value) => Allows::Free,
            Operation::CrossStitch(_) | Operation::Pool(_) | Operation::OneHot(_) | Operation::Merge(_) | Operation::Mixture(_) => Allows::Common,
            Operation::Dropout(_) | Operation::GaussianNoise(_) | Operation::Reshape(_) | Operation::Own(_) => Allows::Common,
            Operation::Recurrent(_) | Operation::Activation(_) | Operation::Softmax(_) => Allows::Common,
        }
    }

    fn takers_allow(&self, value: ValueId, kinds: &[ScaleKind]) -> Allows {
        let channels = self.channels(value);
        let if_same = |dim: &Dim, allows: Allows| if Some(dim) == channels { allows } else { Allows::Common };
        let takers = self.steps().map(|(_, node)| node).filter(|node| self.edge(node).is_none() && !self.early[node.outputs[0]]);
        let by_step = takers.filter(|node| node.inputs.iter().any(|&input| self.same[input] == value)).map(|node| {
            let sizes = self.graph().sizes(node);
            match &node.operation {
                Operation::Dense(_) => Allows::Free,
                Operation::Convolution(convolution) => {
                    let window = convolution.window(&sizes);
                    if_same(window.channels(), if window.padded { Allows::OneZero } else { Allows::Free })
                }
                Operation::Recurrent(recurrent) => if_same(recurrent.sizes(&sizes).features, Allows::Free),
                Operation::Pool(pool) if pool.pooling == Pooling::Max => if_same(pool.window(&sizes).channels(), Allows::Free),
                Operation::Normalize(_) | Operation::BatchNorm(_) => {
                    self.channels(node.inputs[0]).map_or(Allows::Common, |dim| if_same(dim, Allows::Free))
                }
                Operation::CrossStitch(stitch) => if_same(&stitch.channels(&sizes), Allows::Free),
                Operation::Concat(_) if matches!(kinds[self.range[node.outputs[0]]], ScaleKind::Joined(_)) => Allows::Free,
                Operation::Softmax(_) if self.real[node.outputs[0]] => Allows::Free,
                Operation::Concat(_) | Operation::Softmax(_) | Operation::Pool(_) | Operation::LayerNorm(_) | Operation::Merge(_) => Allows::Common,
                Operation::Embedding(_) | Operation::OneHot(_) | Operation::Mixture(_) | Operation::Activation(_) => Allows::Common,
                Operation::Dropout(_) | Operation::GaussianNoise(_) | Operation::Reshape(_) | Operation::Own(_) => Allows::Common,
            }
        });
        by_step.min().unwrap_or(Allows::Free)
    }
}

/// A normalisation with nothing but steps that do nothing between an input and itself.
fn starts_at_an_input(graph: &Graph, node: &Node) -> bool {
    let mut value = node.inputs[0];
    loop {
        if graph.inputs.iter().any(|input| input.value == value) {
            return true;
        }
        match graph.nodes.iter().find(|node| node.outputs[0] == value) {
            Some(maker) if does_nothing(&maker.operation) => value = maker.inputs[0],
            _ => return false,
        }
    }
}

/// What has weights of a size, so that the uses of a `layer` share them.
fn is_shared(operation: &Operation) -> bool {
    matches!(operation, Operation::Dense(_) | Operation::Convolution(_) | Operation::Embedding(_) | Operation::Recurrent(_))
}

/// A step whose bytes are those that it takes, in the same order.
fn does_nothing(operation: &Operation) -> bool {
    operation.folding() == Folding::Identity || operation.is_view()
}

/// An activation that is none, or a bound of what the layer gives: of `mtl_core::int8::Bound`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    None,
    Below,
    Six,
}

impl Bound {
    /// `None` of an activation that needs a table.
    pub(super) fn of(function: &Function) -> Option<Self> {
        match function {
            _ if function.is_linear() => Some(Self::None),
            Function::Named(activation) => activation.cuts.map(|cuts| match cuts {
                Cuts::Below => Self::Below,
                Cuts::Both => Self::Six,
            }),
            Function::Own(..) => None,
        }
    }

    pub(super) fn tokens(self) -> TokenStream {
        match self {
            Self::None => quote!(None),
            Self::Below => quote!(Below),
            Self::Six => quote!(Both(6.0)),
        }
    }
}
