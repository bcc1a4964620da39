//! The summary of a model as Markdown, for the docs of its struct and so for an editor's hover.

use crate::case::plain;
use crate::graph::{BlockLayer, Dim, InputKind, Node, Operation};

use super::plan::Plan;
use super::tokens::words;

/// The table of layers with its totals. Sizes that are not literals stand by name.
pub(super) fn markdown(plan: &Plan<'_>) -> String {
    let graph = plan.graph;
    let mut rows = String::from("\n| layer | step | output | parameters | from | heads |\n|---|---|---|---:|---|---|\n");
    for input in &graph.inputs {
        let kind = match &input.kind {
            InputKind::Real(_) => "input".to_owned(),
            InputKind::Class(classes) => format!("input, class of {}", words(classes)),
        };
        let value = &graph.values[input.value];
        rows.push_str(&format!("| `{}` | {kind} | {} | | | {} |\n", plain(&input.name), shape(&value.shape), heads(plan, value.heads.0)));
    }
    let mut total = Count::default();
    let mut products = Count::default();
    let mut seen = Vec::new();
    for node in &graph.nodes {
        let parameters = match node.slot {
            Some(slot) if !seen.contains(&slot) => {
                seen.push(slot);
                let count = parameters_of(&graph.blocks[slot.block].layers[slot.layer]);
                total.add(&count);
                count.text()
            }
            Some(_) => "shared".to_owned(),
            None => String::new(),
        };
        let output = &graph.values[node.outputs[0]].size;
        match &node.operation {
            Operation::Dense { .. } => products.add_product(&[&graph.values[node.inputs[0]].size, output]),
            Operation::Convolution { window, .. } => products.add_product(&[&window.patch(), output]),
            Operation::Recurrent(recurrent) => {
                for inner in [&recurrent.features, &recurrent.units] {
                    products.add_product(&[&recurrent.time, &recurrent.rows(), inner]);
                }
            }
            _ => {}
        }
        rows.push_str(&line(plan, node, &parameters));
    }
    rows.push_str(&format!("\nParameters: {}. Multiply-adds of the matrix products for one prediction: {}.\n", total.text(), products.text()));
    rows.push_str("\nThe exact figures, bytes of weights and of workspace among them, are the associated constants of `mtl::Model`, and `println!(\"{model}\")` prints them.\n");
    rows
}

fn line(plan: &Plan<'_>, node: &Node, parameters: &str) -> String {
    let values = &plan.graph.values;
    let from = node.inputs.iter().map(|&input| format!("`{}`", values[input].label)).collect::<Vec<_>>().join(", ");
    format!(
        "| `{}` | {} | {} | {parameters} | {from} | {} |\n",
        node.path,
        node.kind,
        shape(&values[node.outputs[0]].shape),
        heads(plan, node.heads.0)
    )
}

fn shape(shape: &[Dim]) -> String {
    format!("\\[{}\\]", shape.iter().map(words).collect::<Vec<_>>().join(", "))
}

fn heads(plan: &Plan<'_>, set: u64) -> String {
    let names =
        plan.graph.heads.iter().enumerate().filter(|(number, _)| set >> number & 1 == 1).map(|(_, head)| plain(&head.name)).collect::<Vec<_>>();
    if names.len() == plan.graph.heads.len() && names.len() > 1 { "all".to_owned() } else { names.join(", ") }
}

/// One line on a layer, for the docs of its field.
pub(super) fn layer_doc(layer: &BlockLayer) -> String {
    let (input, output) = (words(&layer.input), words(&layer.output));
    match &layer.operation {
        Operation::Embedding { classes, units } => format!("Embedding of {} classes in {} numbers.", words(classes), words(units)),
        Operation::Recurrent(recurrent) => {
            let [time, features, units] = [&recurrent.time, &recurrent.features, &recurrent.units].map(words);
            format!("{units} units over {time} steps of {features} values, {} parameters.", parameters_of(layer).text())
        }
        Operation::Convolution { .. } => {
            format!("From patches of {input} values to {output} filters, {} parameters.", parameters_of(layer).text())
        }
        Operation::CrossStitch { inputs, .. } => {
            format!("What the output takes of each of {inputs} flows, {} parameters.", parameters_of(layer).text())
        }
        _ => format!("From {input} to {output} values, {} parameters.", parameters_of(layer).text()),
    }
}

fn parameters_of(layer: &BlockLayer) -> Count {
    let mut count = Count::default();
    match &layer.operation {
        Operation::Dense { units, bias, .. } | Operation::Convolution { units, bias, .. } => {
            count.add_product(&[&layer.input, units]);
            if *bias {
                count.add_product(&[units]);
            }
        }
        Operation::BatchNorm { .. } => count.add_product(&[&Dim::Literal(4), &layer.output]),
        Operation::LayerNorm { .. } | Operation::Normalize => count.add_product(&[&Dim::Literal(2), &layer.output]),
        Operation::Embedding { classes, units } => count.add_product(&[classes, units]),
        Operation::Recurrent(recurrent) => {
            let rows = recurrent.rows();
            for inner in [&recurrent.features, &recurrent.units] {
                count.add_product(&[&rows, inner]);
            }
            if recurrent.bias {
                count.add_product(&[&Dim::Literal(recurrent.cell.biases()), &rows]);
            }
        }
        Operation::CrossStitch { inputs, channels, .. } => count.add_product(&[&Dim::Literal(*inputs), channels]),
        Operation::Custom(custom) => count.symbols.push(format!("those of {}", custom.name)),
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
        | Operation::Pool { .. } => {}
    }
    count
}

/// A number of things, of which the part that depends on names is kept in words.
#[derive(Default)]
struct Count {
    known: usize,
    symbols: Vec<String>,
}

impl Count {
    fn add_product(&mut self, factors: &[&Dim]) {
        let mut known = 1usize;
        let mut names = Vec::new();
        for factor in factors {
            match factor {
                Dim::Literal(value) => known = known.saturating_mul(*value),
                Dim::Constant(_) | Dim::Generic(_) | Dim::Product(_) | Dim::Places { .. } | Dim::OutputOf(_) => names.push(words(factor)),
                Dim::Sum(_) => names.push(format!("({})", words(factor))),
            }
        }
        if names.is_empty() {
            self.known = self.known.saturating_add(known);
        } else {
            let names = names.join("·");
            self.symbols.push(if known == 1 { names } else { format!("{known}·{names}") });
        }
    }

    fn add(&mut self, other: &Self) {
        self.known = self.known.saturating_add(other.known);
        self.symbols.extend(other.symbols.iter().cloned());
    }

    fn text(&self) -> String {
        if self.symbols.is_empty() {
            return self.known.to_string();
        }
        let symbols = self.symbols.join(" + ");
        if self.known == 0 { symbols } else { format!("{} + {symbols}", self.known) }
    }
}
