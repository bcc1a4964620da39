//! Rules on `tie`.

use std::collections::BTreeSet;

use crate::assertion::{Assertion, Relation};
use crate::diagnostic::Diagnostics;
use crate::lower;
use crate::resolve::{Model, Resolved};
use crate::shape::Trace;
use crate::size::{self, Agreement, Dim};
use crate::step::{Extent, Operation, Sizes, Tensor};

/// A layer with parameters that gradients move: its name, what it is, and its tensors.
struct Layer<'a> {
    field: &'a str,
    operation: &'a Operation,
    sizes: Sizes,
    tensors: Vec<Tensor>,
}

// A distance is between tensors of one shape: the two blocks have the same layers, of the same sizes.
pub(super) fn have_one_shape(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace, assertions: &mut Vec<Assertion>) {
    for tie in &model.ties {
        let statement = |index: usize| &model.statements[index];
        let (left_name, right_name) = (statement(tie.left).block.to_string(), statement(tie.right).block.to_string());
        let (Some(left), Some(right)) = (layers(model, trace, tie.left), layers(model, trace, tie.right)) else { continue };
        if let Some(empty) = [(&left, &left_name), (&right, &right_name)].iter().find(|(layers, _)| layers.is_empty()) {
            diagnostics.report(tie.place, format!("`{}` has no parameters to tie", empty.1), "name statements with layers that train");
            continue;
        }
        if left.len() != right.len() {
            diagnostics.report(
                tie.place,
                format!("a `tie` is between blocks of one shape, but `{left_name}` has {} and `{right_name}` has {}", count(&left), count(&right)),
                "give both the same layers",
            );
            continue;
        }
        for (left, right) in left.iter().zip(&right) {
            let fault = format!(
                "a `tie` is between blocks of one shape, but `{left_name}.{}` is {} and `{right_name}.{}` is {}",
                left.field,
                shown(left),
                right.field,
                shown(right)
            );
            let help = "give both the same layers";
            let Some(pairs) = pairs(left, right) else {
                diagnostics.report(tie.place, &fault, help);
                break;
            };
            let agreements: Vec<Agreement> = pairs.iter().map(|(left, right)| size::agreement(left, right)).collect();
            if agreements.iter().any(|agreement| matches!(agreement, Agreement::Different | Agreement::Undecidable)) {
                diagnostics.report(tie.place, &fault, help);
                break;
            }
            let mut asserted: Vec<&(Dim, Dim)> = Vec::new();
            for (pair, agreement) in pairs.iter().zip(agreements) {
                if agreement == Agreement::Unknown && !asserted.contains(&pair) {
                    asserted.push(pair);
                    assertions.push(Assertion {
                        left: pair.0.clone(),
                        right: pair.1.clone(),
                        relation: Relation::Equal,
                        message: format!("{fault}\nhelp: {help}"),
                        span: tie.place.start,
                    });
                }
            }
        }
    }
}

/// The sizes of the tensors of two layers, side by side; `None` if they are not the same tensors.
fn pairs(left: &Layer, right: &Layer) -> Option<Vec<(Dim, Dim)>> {
    let (left_own, right_own) = (left.operation.own(), right.operation.own());
    if left.operation.name() != right.operation.name() || left.tensors.len() != right.tensors.len() {
        return None;
    }
    if left_own.map(|own| &own.path) != right_own.map(|own| &own.path) {
        return None;
    }
    let mut pairs = Vec::new();
    for (left, right) in left.tensors.iter().zip(&right.tensors) {
        match (&left.extent, &right.extent) {
            (Extent::Field(left, left_shape), Extent::Field(right, right_shape)) if left == right && left_shape.len() == right_shape.len() => {
                pairs.extend(left_shape.iter().cloned().zip(right_shape.iter().cloned()));
            }
            (Extent::Whole, Extent::Whole) => {}
            (Extent::Field(..) | Extent::Whole, Extent::Field(..) | Extent::Whole) => return None,
        }
    }
    Some(pairs)
}

/// The layers with parameters of a statement; `None` if not all of them are known.
fn layers<'a>(model: &Model, trace: &'a Trace, statement: usize) -> Option<Vec<Layer<'a>>> {
    let mut seen = BTreeSet::new();
    let mut layers = Vec::new();
    if let Resolved::Input(_) = model.statements[statement].body {
        return None;
    }
    for application in trace.applications.iter().filter(|application| application.owner == statement) {
        let operation = application.operation.as_ref()?;
        if !operation.is_trained() || !seen.insert(application.number()) {
            continue;
        }
        let sizes = lower::sizes(trace, application)?;
        let tensors = operation.tensors(&sizes).into_iter().filter(|tensor| tensor.trainable).collect();
        layers.push(Layer { field: &application.field, operation, sizes, tensors });
    }
    Some(layers)
}

fn count(layers: &[Layer]) -> String {
    match layers.len() {
        1 => "one layer".into(),
        several => format!("{several} layers"),
    }
}

/// `4 -> 8`.
fn shown(layer: &Layer) -> String {
    let (from, to) = layer.operation.ends(&layer.sizes);
    let bias = if layer.operation.has_bias() == Some(false) { " without a bias" } else { "" };
    format!("{} -> {}{bias}", size::text(&from), size::text(&to))
}
