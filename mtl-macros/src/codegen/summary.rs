//! The summary of a model as Markdown, for the docs of its struct and so for an editor's hover.

use crate::case::plain;
use crate::emit::size::words;
use crate::graph::{BlockLayer, Form, InputKind, Node};
use crate::size::Dim;
use crate::step::Extent;

use super::inputs;
use super::plan::Plan;

/// How many steps an editor's window has place for.
const MOST_ROWS: usize = 40;

/// The table of layers with its totals. Sizes that are not literals stand by name.
pub(super) fn markdown(plan: &Plan<'_>) -> String {
    let graph = plan.graph;
    if graph.stands_in {
        return "\nThe declaration has mistakes: what it computes is not known.\n".to_owned();
    }
    let mut rows = String::from("\n| layer | step | output | parameters | from | heads |\n|---|---|---|---:|---|---|\n");
    for input in &graph.inputs {
        let kind = match (&input.form, &input.kind) {
            (Form::Columns { columns, .. }, _) => format!("input of {}", few(&columns.iter().map(inputs::shown).collect::<Vec<_>>())),
            (Form::Listed { categories, .. }, _) => {
                format!("input, one of {}", few(&categories.variants.iter().map(|variant| format!("`{}`", variant.text)).collect::<Vec<_>>()))
            }
            (Form::Category(path), _) => format!("input, one of `{}`", crate::text::tokens(&path.0)),
            (Form::ClassOrUnknown, InputKind::Class(classes)) => format!("input, class of {}, the last unknown", words(classes)),
            (Form::Plain | Form::ClassOrUnknown, InputKind::Real(_)) => "input".to_owned(),
            (Form::Plain, InputKind::Class(classes)) => format!("input, class of {}", words(classes)),
        };
        let value = &graph.values[input.value];
        rows.push_str(&format!("| `{}` | {kind} | {} | | | {} |\n", plain(&input.name), shape(&value.shape), heads(plan, value.heads.0)));
    }
    let mut total = Count::default();
    let mut products = Count::default();
    let mut seen = Vec::new();
    for (number, node) in graph.nodes.iter().enumerate() {
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
        for product in node.operation.multiply_adds(&graph.sizes(node)).iter().filter(|product| product.is_matrix) {
            products.add_product(&product.factors);
        }
        let line = line(plan, node, &parameters);
        if number < MOST_ROWS {
            rows.push_str(&line);
        }
    }
    if let Some(more) = graph.nodes.len().checked_sub(MOST_ROWS).filter(|&more| more > 0) {
        rows.push_str(&format!("| .. | {more} more | | | | |\n"));
    }
    rows.push_str(&format!("\nParameters: {}. Multiply-adds of the matrix products for one prediction: {}.\n", total.text(), products.text()));
    rows.push_str("\nThe exact figures, bytes of weights and of workspace among them, are the associated constants of `mtl::Model`, and `println!(\"{model}\")` prints them.\n");
    rows
}

fn line(plan: &Plan<'_>, node: &Node, parameters: &str) -> String {
    let values = &plan.graph.values;
    let from = few(&node.inputs.iter().map(|&input| format!("`{}`", values[input].label)).collect::<Vec<_>>());
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
    if names.len() == plan.graph.heads.len() && names.len() > 1 { "all".to_owned() } else { few(&names) }
}

/// Names, as far as a column of the table is wide, and how many there are where that is not far enough.
fn few(names: &[String]) -> String {
    /// How wide the column is, but for a first name that is longer.
    const WIDTH: usize = 32;
    let mut text = String::new();
    for (number, name) in names.iter().enumerate() {
        if number > 0 && text.len() + name.len() > WIDTH {
            return format!("{text}, .. {}", names.len());
        }
        text = if number == 0 { name.clone() } else { format!("{text}, {name}") };
    }
    text
}

/// One line on a layer, for the docs of its field.
pub(super) fn layer_doc(layer: &BlockLayer) -> String {
    layer.operation.doc(&layer.sizes, &parameters_of(layer).text())
}

fn parameters_of(layer: &BlockLayer) -> Count {
    let mut count = Count::default();
    for tensor in layer.operation.tensors(&layer.sizes) {
        match tensor.extent {
            Extent::Field(_, shape) => count.add_product(&shape),
            Extent::Whole => count.add_symbol(1, format!("those of {}", layer.operation.name())),
        }
    }
    count
}

/// A number of things, of which the part that depends on names is kept in words.
#[derive(Default)]
struct Count {
    known: usize,
    /// How often each product of names.
    symbols: Vec<(usize, String)>,
}

impl Count {
    fn add_product(&mut self, factors: &[Dim]) {
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
            self.add_symbol(known, names.join("·"));
        }
    }

    fn add_symbol(&mut self, times: usize, names: String) {
        match self.symbols.iter_mut().find(|(_, others)| *others == names) {
            Some((known, _)) => *known = known.saturating_add(times),
            None => self.symbols.push((times, names)),
        }
    }

    fn add(&mut self, other: &Self) {
        self.known = self.known.saturating_add(other.known);
        other.symbols.iter().for_each(|(times, names)| self.add_symbol(*times, names.clone()));
    }

    fn text(&self) -> String {
        if self.symbols.is_empty() {
            return self.known.to_string();
        }
        let symbol = |(times, names): &(usize, String)| if *times == 1 { names.clone() } else { format!("{times}·{names}") };
        let symbols = self.symbols.iter().map(symbol).collect::<Vec<_>>().join(" + ");
        if self.known == 0 { symbols } else { format!("{} + {symbols}", self.known) }
    }
}
