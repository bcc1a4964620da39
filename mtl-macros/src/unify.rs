//! Sizes that are asserted to be equal are written in one way.
//!
//! Where two constants must agree, an assertion says so at the user's token. The types of the generated code then use
//! one of the two throughout: if they differ after all, the assertion is the only error, and not the first of many.

use std::collections::BTreeMap;

use crate::assertion::Relation;
use crate::graph::{Graph, InputKind};
use crate::size::{self, Dim};

/// Writes every size of the graph in the one way.
pub(crate) fn sizes(graph: &mut Graph) {
    let mut same = Same::default();
    for assertion in &graph.assertions {
        if assertion.relation == Relation::Equal {
            same.join(&assertion.left, &assertion.right);
        }
    }
    if same.instead.is_empty() {
        return;
    }
    for input in &mut graph.inputs {
        match &mut input.kind {
            InputKind::Real(dims) => dims.iter_mut().for_each(|dim| same.rewrite(dim)),
            InputKind::Class(classes) => same.rewrite(classes),
        }
    }
    for value in &mut graph.values {
        value.shape.iter_mut().for_each(|dim| same.rewrite(dim));
        same.rewrite(&mut value.size);
    }
    for node in &mut graph.nodes {
        node.operation.sizes_mut().into_iter().for_each(|size| same.rewrite(size));
    }
    for layer in graph.blocks.iter_mut().flat_map(|block| &mut block.layers) {
        layer.sizes.dims_mut().chain(layer.operation.sizes_mut()).for_each(|size| same.rewrite(size));
    }
    for head in &mut graph.heads {
        same.rewrite(&mut head.outputs);
    }
}

/// For each size, by its text, the one to write in its place. A literal stays what it is.
#[derive(Default)]
struct Same {
    instead: BTreeMap<String, Dim>,
}

impl Same {
    fn join(&mut self, left: &Dim, right: &Dim) {
        let (left, right) = (self.find(left), self.find(right));
        if left == right {
            return;
        }
        match (&left, &right) {
            (Dim::Literal(_), Dim::Literal(_)) => {}
            (Dim::Literal(_), _) => {
                self.instead.insert(size::text(&right), left);
            }
            // A part in place of the whole that it is part of, never the other way round.
            _ if contains(&right, &left) => {
                self.instead.insert(size::text(&right), left);
            }
            _ => {
                self.instead.insert(size::text(&left), right);
            }
        }
    }

    fn find(&self, dim: &Dim) -> Dim {
        let mut found = dim.clone();
        // Each step leads to a size that was joined later, so the way ends.
        for _ in 0..=self.instead.len() {
            match self.instead.get(&size::text(&found)) {
                Some(next) => found = next.clone(),
                None => break,
            }
        }
        found
    }

    fn rewrite(&self, dim: &mut Dim) {
        let find = |parts: &[Dim]| parts.iter().map(|part| self.find(part)).collect::<Vec<_>>();
        let found = self.find(dim);
        *dim = match &found {
            Dim::Sum(parts) => size::sum(&find(parts)),
            Dim::Product(parts) => size::product(&find(parts)),
            Dim::Places { along, size, stride, padded } => size::places(&self.find(along), &self.find(size), &self.find(stride), *padded),
            Dim::Literal(_) | Dim::Constant(_) | Dim::Generic(_) | Dim::OutputOf(_) => found,
        };
    }
}

fn contains(whole: &Dim, part: &Dim) -> bool {
    match whole {
        Dim::Sum(parts) | Dim::Product(parts) => parts.iter().any(|inner| inner == part || contains(inner, part)),
        Dim::Places { along, size, stride, .. } => [along, size, stride].into_iter().any(|inner| **inner == *part || contains(inner, part)),
        Dim::Literal(_) | Dim::Constant(_) | Dim::Generic(_) | Dim::OutputOf(_) => false,
    }
}
