//! What is known of every value in eight bits: whether it is bytes or real, which share a range, and what scales a range has.

use crate::graph::{Graph, InputKind, Node, ValueId};
use crate::size::Dim;
use crate::step::int8::{Allows, AtTheEnd, AtTheStart, How, Int8, Taken};
use crate::step::{Folding, Operation};

use super::super::fold;
use super::super::plan::Plan;
use super::real_input;

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

impl<'p, 'g> Form<'p, 'g> {
    pub(super) fn new(plan: &'p Plan<'g>) -> Self {
        let graph = plan.graph;
        let mut folds = fold::folds(graph);
        let mut same: Vec<ValueId> = (0..graph.values.len()).collect();
        // A normalisation right after an input is part of the input's quantisation: its values are nowhere in bytes before.
        folds.retain(|fold| !starts_at_an_input(graph, &graph.nodes[fold.normalization]));
        // The loss is taken before the units of a target are put in, in an evaluation of this form too.
        folds.retain(|fold| !graph.nodes[fold.normalization].operation.follows_loss());
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
        if !form_of(node).is_some_and(Int8::is_shared) {
            return number;
        }
        graph.nodes.iter().position(|other| other.slot.is_some() && other.slot == node.slot).unwrap_or(number)
    }

    /// What a row's normalisation or a function is computed from in `f32`, back to the inputs, and what it gives.
    fn early_values(&self) -> Vec<bool> {
        let graph = self.graph();
        let at_the_start = |node: &Node| form_of(node).map_or(AtTheStart::Never, |form| form.at_the_start());
        let mut may_be = vec![false; graph.values.len()];
        for input in &graph.inputs {
            may_be[input.value] = matches!(input.kind, InputKind::Real(_));
        }
        for (_, node) in self.steps() {
            may_be[node.outputs[0]] = at_the_start(node) != AtTheStart::Never && node.inputs.iter().all(|&input| may_be[self.same[input]]);
        }
        let mut early = vec![false; graph.values.len()];
        for (_, node) in self.steps().collect::<Vec<_>>().into_iter().rev() {
            let output = node.outputs[0];
            if may_be[output] && (early[output] || at_the_start(node) == AtTheStart::Is) {
                early[output] = true;
                node.inputs.iter().for_each(|&input| early[self.same[input]] = true);
            }
        }
        early
    }

    /// Begins with every value that may be real and takes out those that go into bytes, until nothing changes.
    pub(super) fn real_values(&self) -> Vec<bool> {
        let mut real = vec![false; self.graph().values.len()];
        let at_the_end = |node: &Node| form_of(node).map_or(AtTheEnd::Never, |form| form.at_the_end());
        for (_, node) in self.steps() {
            real[node.outputs[0]] = at_the_end(node) != AtTheEnd::Never && !self.early[node.outputs[0]];
        }
        loop {
            let before = real.clone();
            for (_, node) in self.steps() {
                let takes_reals = matches!(at_the_end(node), AtTheEnd::FromReals | AtTheEnd::FromEither);
                let stays_real = takes_reals && real[node.outputs[0]];
                for &input in &node.inputs {
                    real[self.same[input]] &= stays_real;
                }
                // An activation of bytes is a table; a softmax at the end of a head is better from what they stand for.
                if at_the_end(node) == AtTheEnd::FromReals && !real[self.input(node)] {
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

    /// How a step is computed.
    pub(super) fn how(&self, node: &Node) -> How {
        let output = node.outputs[0];
        if self.early[output] {
            How::Start
        } else if self.real[output] {
            How::End
        } else if let Some(input) = self.edge(node) {
            How::Edge(real_input(input))
        } else {
            How::Bytes
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
            if form_of(node).is_some_and(Int8::keeps_range) {
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
        self.early[value] && is_from_either(node) && self.real[node.outputs[0]]
    }

    pub(super) fn is_end(&self, value: ValueId) -> bool {
        self.graph().heads.iter().any(|head| self.same[head.value] == value)
    }

    /// Values in bytes that are needed as real numbers too.
    pub(super) fn is_dequantized(&self, value: ValueId) -> bool {
        let by_step = || self.steps().any(|(_, node)| is_from_either(node) && self.real[node.outputs[0]] && self.input(node) == value);
        !self.real[value] && !self.early[value] && (self.is_end(value) || by_step())
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

    /// The number of the step that makes a value and can make low bytes of it too, where steps can take them.
    pub(super) fn maker_of_low(&self, value: ValueId) -> Option<usize> {
        if self.real[value] || matches!(self.scales[self.range[value]], ScaleKind::Unused | ScaleKind::Common | ScaleKind::Joined(_)) {
            return None;
        }
        let is_alone = self.bytes().iter().filter(|&&other| self.range[other] == self.range[value]).count() == 1;
        let (maker, node) = self.steps().find(|(_, node)| node.outputs[0] == value)?;
        let can_make = if has_low(node) { self.uses(maker).len() == 1 } else { self.edge(node).is_some() };
        let takers = || self.steps().filter(|(_, node)| node.inputs.iter().any(|&input| self.same[input] == value));
        let all_alone = takers().all(|(number, node)| !has_low(node) || self.uses(number).len() == 1);
        (is_alone && can_make && all_alone && takers().any(|(_, node)| has_low(node))).then_some(maker)
    }

    /// The number of the `Concat` that makes a value.
    fn concat(&self, value: ValueId) -> Option<usize> {
        self.steps().find(|(_, node)| node.outputs[0] == value && form_of(node).is_some_and(Int8::joins)).map(|(number, _)| number)
    }

    fn maker_allows(&self, value: ValueId) -> Allows {
        if self.early[value] && self.number_of_input(value).is_none() {
            return Allows::Free;
        }
        let Some((_, node)) = self.steps().find(|(_, node)| node.outputs[0] == value) else { return Allows::Common };
        form_of(node).map_or(Allows::Common, |form| form.gives(&self.graph().sizes(node)))
    }

    fn takers_allow(&self, value: ValueId, kinds: &[ScaleKind]) -> Allows {
        let takers = self.steps().map(|(_, node)| node).filter(|node| self.edge(node).is_none() && !self.early[node.outputs[0]]);
        let by_step = takers.filter(|node| node.inputs.iter().any(|&input| self.same[input] == value)).map(|node| {
            let taken = Taken {
                channels: self.channels(value),
                is_joined: matches!(kinds[self.range[node.outputs[0]]], ScaleKind::Joined(_)),
                gives_reals: self.real[node.outputs[0]],
            };
            form_of(node).map_or(Allows::Common, |form| form.takes(&self.graph().sizes(node), &taken))
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

/// A step whose bytes are those that it takes, in the same order.
fn does_nothing(operation: &Operation) -> bool {
    operation.folding() == Folding::Identity || operation.is_view()
}

/// The form of a node's step.
pub(super) fn form_of(node: &Node) -> Option<&dyn Int8> {
    node.operation.int8()
}

/// A step with low bytes.
pub(super) fn has_low(node: &Node) -> bool {
    form_of(node).is_some_and(Int8::has_low)
}

/// It is better computed from what bytes stand for, where a head ends.
fn is_from_either(node: &Node) -> bool {
    form_of(node).is_some_and(|form| form.at_the_end() == AtTheEnd::FromEither)
}
