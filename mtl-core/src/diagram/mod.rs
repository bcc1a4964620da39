//! A model as a picture: inputs to heads, what is shared, shapes on the arrows, parameters in the boxes.
//!
//! [`Model::diagram`](crate::Model::diagram) makes it of the declaration, and it is written as Mermaid (a block of a Markdown page), as Graphviz, and
//! as an SVG that needs no other program:
//!
//! `std::fs::write("patient.svg", Patient::diagram().svg())`.
//!
//! A box is an input, a statement with its steps, or a head with its loss. A `layer` that is applied in several flows has a box for each.

mod graphviz;
mod mermaid;
mod svg;

#[cfg(feature = "plot")]
pub(crate) use svg::escaped;

use std::fmt::Write as _;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use crate::model::InputInfo;
use crate::model::graph::{Graph, Operation, Step};
use crate::model::record::FieldKind;

/// The boxes of a model, and the arrows between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagram {
    /// The name of the model.
    pub name: &'static str,
    /// Inputs first, then what is computed, in the order in which it is.
    pub boxes: Vec<Node>,
    /// From box to box.
    pub arrows: Vec<Arrow>,
}

/// A box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// What it is.
    pub role: Role,
    /// The name of its statement.
    pub name: &'static str,
    /// Its steps with what they give and how many parameters they have; of a head its loss too.
    pub lines: Vec<String>,
}

/// What a box is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// An input.
    Input,
    /// A value that one head depends on.
    Value,
    /// A value that two heads or more depend on.
    Shared,
    /// A head.
    Head,
}

impl Role {
    /// What a box is filled with, and its edge.
    const fn colours(self) -> (&'static str, &'static str) {
        match self {
            Self::Input => ("#dbeafe", "#0072b2"),
            Self::Value => ("#f3f4f6", "#6b7280"),
            Self::Shared => ("#fef3c7", "#b45309"),
            Self::Head => ("#d1fae5", "#009e73"),
        }
    }
}

/// An arrow, by the numbers of the boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrow {
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The shape of what flows: `[64]`, or of a class nothing.
    pub shape: String,
}

impl Diagram {
    /// The diagram of a graph.
    #[must_use]
    pub fn new(graph: &Graph) -> Self {
        let mut boxes: Vec<Node> = graph.inputs.iter().map(input).collect();
        // The box of each value.
        let mut of_value: Vec<usize> = (0..boxes.len()).collect();
        for step in graph.steps {
            let block = |value: &usize| value.checked_sub(graph.inputs.len()).and_then(|step| graph.steps.get(step)).map(|step| step.block);
            let joined = step.inputs.iter().find(|value| block(value) == Some(step.block)).map(|&value| of_value[value]);
            let own = joined.unwrap_or_else(|| {
                let is_head = graph.heads.iter().any(|head| head.info.name == step.block);
                let role = match step.heads.len() {
                    _ if is_head => Role::Head,
                    0 | 1 => Role::Value,
                    _ => Role::Shared,
                };
                boxes.push(Node { role, name: step.block, lines: Vec::new() });
                boxes.len() - 1
            });
            // Flows of one statement that meet in this step are one box.
            for value in step.inputs.iter().filter(|value| block(value) == Some(step.block)) {
                let other = of_value[*value];
                if other != own {
                    let lines = core::mem::take(&mut boxes[other].lines);
                    boxes[own].lines.extend(lines);
                    of_value.iter_mut().filter(|of| **of == other).for_each(|of| *of = own);
                }
            }
            boxes[own].lines.push(line(step));
            of_value.push(own);
        }
        for head in graph.heads {
            let loss = format!("loss {}", head.info.loss);
            let ending = (head.info.ending != "linear").then(|| head.info.ending.to_string());
            let at = of_value[head.value];
            let own = if boxes[at].role == Role::Head && boxes[at].name == head.info.name {
                at
            } else {
                boxes.push(Node { role: Role::Head, name: head.info.name, lines: Vec::new() });
                boxes.len() - 1
            };
            boxes[own].lines.extend(ending.into_iter().chain([loss]));
            of_value.push(own);
        }
        let mut diagram = Self { name: graph.name, boxes, arrows: Vec::new() };
        for (number, step) in graph.steps.iter().enumerate() {
            for &value in step.inputs {
                diagram.arrow(of_value[value], of_value[graph.inputs.len() + number], shape(graph.shape(value)));
            }
        }
        for (number, head) in graph.heads.iter().enumerate() {
            diagram.arrow(of_value[head.value], of_value[graph.values() + number], shape(graph.shape(head.value)));
        }
        diagram.without_empty_boxes()
    }

    fn arrow(&mut self, from: usize, to: usize, shape: String) {
        let arrow = Arrow { from, to, shape };
        if from != to && !self.arrows.contains(&arrow) {
            self.arrows.push(arrow);
        }
    }

    /// Boxes that became part of others leave no place.
    fn without_empty_boxes(mut self) -> Self {
        let mut numbers = Vec::with_capacity(self.boxes.len());
        let mut next = 0;
        for node in &self.boxes {
            numbers.push(next);
            next += usize::from(!node.lines.is_empty());
        }
        self.boxes.retain(|node| !node.lines.is_empty());
        for arrow in &mut self.arrows {
            (arrow.from, arrow.to) = (numbers[arrow.from], numbers[arrow.to]);
        }
        self
    }
}

fn input(input: &InputInfo) -> Node {
    let what = match input.kind {
        FieldKind::Class { classes } => format!("class of {classes}"),
        FieldKind::Real { .. } => shape(input.shape),
    };
    Node { role: Role::Input, name: input.name, lines: Vec::from([what]) }
}

/// `Dense relu [64] · 1,088 parameters`
fn line(step: &Step) -> String {
    let mut line = step.operation.word().to_string();
    if let Operation::Own { path, .. } = step.operation {
        line = path.to_string();
    }
    if let Some(activation) = activation(&step.operation) {
        let _ = write!(line, " {activation}");
    }
    let _ = write!(line, " {}", shape(step.output));
    let count: usize = step.parameters.iter().map(|tensor| tensor.len).sum();
    match (step.reuses, count) {
        (Some(_), _) => line.push_str(" · shared"),
        (None, 0) => {}
        (None, count) => {
            let _ = write!(line, " · {} parameters", grouped(count));
        }
    }
    line
}

/// The function that a layer ends in.
fn activation(operation: &Operation) -> Option<&'static str> {
    let function = match operation {
        Operation::Dense { activation, .. } => activation,
        Operation::Conv1D(convolution) | Operation::Conv2D(convolution) | Operation::DepthwiseConv2D { convolution, .. } => &convolution.activation,
        _ => return None,
    };
    (!function.is_linear()).then(|| function.word())
}

fn shape(shape: &[usize]) -> String {
    if shape.is_empty() {
        return String::new();
    }
    let sizes: Vec<String> = shape.iter().map(ToString::to_string).collect();
    format!("[{}]", sizes.join(", "))
}

/// `1,088`
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
