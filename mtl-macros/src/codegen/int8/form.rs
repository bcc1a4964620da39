//! What is known of every value in eight bits: whether it is bytes or real, and which share a range.

use crate::graph::{Graph, InputKind, Node, Operation, Pooling, ValueId};

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
    /// For each value the number of its range. The uses of one `layer` have the same, and so the same scales.
    pub(super) range: Vec<usize>,
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
        let mut form = Self { plan, folds, same, real: Vec::new(), range: Vec::new() };
        form.real = form.real_values();
        form.range = form.ranges();
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

    /// A normalisation right after an input: the number of the input.
    pub(super) fn edge(&self, node: &Node) -> Option<usize> {
        matches!(node.operation, Operation::Normalize | Operation::BatchNorm { .. }).then(|| self.number_of_input(self.input(node))).flatten()
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

    /// Begins with every value that may be real and takes out those that go into bytes, until nothing changes.
    pub(super) fn real_values(&self) -> Vec<bool> {
        let mut real = vec![false; self.graph().values.len()];
        for (_, node) in self.steps() {
            real[node.outputs[0]] = matches!(node.operation, Operation::Dense { .. } | Operation::Activation(_) | Operation::Softmax);
        }
        loop {
            let before = real.clone();
            for (_, node) in self.steps() {
                let stays_real = matches!(node.operation, Operation::Activation(_) | Operation::Softmax) && real[node.outputs[0]];
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
            if matches!(node.operation, Operation::Pool { pooling: Pooling::Max, .. }) {
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
        let by_step = self.steps().any(|(_, node)| self.edge(node).is_none() && node.inputs.iter().any(|&input| self.same[input] == value));
        by_step || self.is_end(value)
    }

    pub(super) fn is_end(&self, value: ValueId) -> bool {
        self.graph().heads.iter().any(|head| self.same[head.value] == value)
    }

    /// Values in bytes that are needed as real numbers too.
    pub(super) fn is_dequantized(&self, value: ValueId) -> bool {
        let by_softmax =
            || self.steps().any(|(_, node)| matches!(node.operation, Operation::Softmax) && self.real[node.outputs[0]] && self.input(node) == value);
        !self.real[value] && (self.is_end(value) || by_softmax())
    }

    /// The values in bytes, inputs first.
    pub(super) fn bytes(&self) -> Vec<ValueId> {
        let inputs = self.graph().inputs.iter().map(|input| input.value).filter(|&value| !self.is_class(value) && self.is_taken(value));
        inputs.chain(self.steps().map(|(_, node)| node.outputs[0]).filter(|&value| !self.real[value])).collect()
    }

    pub(super) fn reals(&self) -> Vec<ValueId> {
        (0..self.graph().values.len()).filter(|&value| self.real[value] || (self.same[value] == value && self.is_dequantized(value))).collect()
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
    matches!(operation, Operation::Dense { .. } | Operation::Convolution { .. } | Operation::Embedding { .. } | Operation::Recurrent(_))
}

/// A step whose bytes are those that it takes, in the same order.
fn does_nothing(operation: &Operation) -> bool {
    fold::is_identity(operation) || matches!(operation, Operation::Reshape)
}
