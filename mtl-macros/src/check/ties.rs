//! Rules on `tie`.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostics;
use crate::dim::{self, Agreement};
use crate::graph::{Assertion, Dim, Operation, Recurrent, Relation};
use crate::lower;
use crate::resolve::{Model, Resolved};
use crate::shape::Trace;

/// A layer with parameters: its name, what it is, and its sizes.
struct Layer<'a> {
    field: &'a str,
    operation: &'a Operation,
    sizes: Vec<Dim>,
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
            if !same_kind(left, right) || left.sizes.len() != right.sizes.len() {
                diagnostics.report(tie.place, &fault, help);
                break;
            }
            let agreements: Vec<Agreement> = left.sizes.iter().zip(&right.sizes).map(|(left, right)| dim::agreement(left, right)).collect();
            if agreements.iter().any(|agreement| matches!(agreement, Agreement::Different | Agreement::Undecidable)) {
                diagnostics.report(tie.place, &fault, help);
                break;
            }
            for ((left, right), agreement) in left.sizes.iter().zip(&right.sizes).zip(agreements) {
                if agreement == Agreement::Unknown {
                    let message = format!("{fault}\nhelp: {help}");
                    assertions.push(Assertion {
                        left: left.clone(),
                        right: right.clone(),
                        relation: Relation::Equal,
                        message,
                        span: tie.place.start,
                    });
                }
            }
        }
    }
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
        if !lower::has_parameters(operation) || matches!(operation, Operation::Normalize) || !seen.insert(application.number()) {
            continue;
        }
        let (input, output) = lower::parameter_sizes(trace, application)?;
        let mut sizes = vec![input, output];
        match operation {
            // A layer without a bias has a tensor less.
            Operation::Dense { bias, .. } => sizes.push(Dim::Literal(usize::from(*bias))),
            Operation::Convolution { bias, window, .. } => {
                sizes.push(Dim::Literal(usize::from(*bias)));
                sizes.extend(window.size.iter().cloned());
            }
            Operation::Embedding { classes, .. } => sizes.push(classes.clone()),
            Operation::Recurrent(recurrent) => {
                sizes.extend([recurrent.features.clone(), recurrent.units.clone(), Dim::Literal(usize::from(recurrent.bias))]);
            }
            Operation::CrossStitch { inputs, channels, .. } => sizes.extend([Dim::Literal(*inputs), channels.clone()]),
            _ => {}
        }
        layers.push(Layer { field: &application.field, operation, sizes });
    }
    Some(layers)
}

fn same_kind(left: &Layer, right: &Layer) -> bool {
    match (left.operation, right.operation) {
        (Operation::Custom(left), Operation::Custom(right)) => left.path == right.path,
        (Operation::Recurrent(left), Operation::Recurrent(right)) => left.cell == right.cell,
        (left, right) => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}

fn count(layers: &[Layer]) -> String {
    match layers.len() {
        1 => "one layer".into(),
        several => format!("{several} layers"),
    }
}

/// `4 -> 8`.
fn shown(layer: &Layer) -> String {
    let bias = match layer.operation {
        Operation::Dense { bias: false, .. } | Operation::Convolution { bias: false, .. } => " without a bias",
        Operation::Recurrent(Recurrent { bias: false, .. }) => " without a bias",
        _ => "",
    };
    match &layer.sizes[..] {
        [input, output, ..] => format!("{} -> {}{bias}", dim::text(input), dim::text(output)),
        _ => String::new(),
    }
}
