//! A step at work on its inputs: its number of values, its shape, and what it may ask of the tracer.

use proc_macro2::{TokenStream, TokenTree};

use super::tracer::Tracer;
use crate::assertion::Relation;
use crate::diagnostic::Place;
use crate::emit::size::generic_argument;
use crate::resolve::Step;
use crate::size::{self, Dim, Shape};
use crate::step::{Operation, Rules};

impl Tracer<'_, '_> {
    /// A step on values of known shapes, and the shape that it gives; `None` if it cannot take them, which is reported.
    pub(super) fn sized(&mut self, step: &Step, operation: &Operation, inputs: &[usize]) -> Option<(Operation, Shape)> {
        let written = &step.written;
        match (operation.joins(), inputs.len()) {
            (true, 0 | 1) => {
                let help = format!("write `(a, b) -> {written}`, or take `{written}` out");
                self.diagnostics.report(step.place, format!("`{written}` joins two values or more, and here comes one"), help);
                return None;
            }
            (true, _) | (false, 1) => {}
            (false, count) => {
                let fault = format!("`{written}` takes one value, and here come {count}");
                self.diagnostics.report(step.place, fault, format!("join them first: `(a, b) -> Concat -> {}`", step.text));
                return None;
            }
        }
        let mut shapes = Vec::with_capacity(inputs.len());
        for &input in inputs {
            let shape = self.shape(input)?.clone();
            self.takes(step, operation.takes(), input, &shape)?;
            shapes.push(shape);
        }
        let mut sized = operation.clone();
        let shape = sized.shape(&shapes, &mut AtStep { tracer: self, step, inputs })?;
        Some((sized, shape))
    }

    /// Softmax over one unit is constantly 1: its gradient is zero, and the head would silently never train.
    pub(super) fn softmax(&mut self, shape: &Shape, place: Place) -> bool {
        if let Shape::Real(dims) = shape
            && dims.len() > 1
        {
            let fault = format!("softmax is over a vector, and here it would be over {}", shape.text());
            self.diagnostics.report(place, fault, "put it at the end of a vector: `-> Flatten -> softmax`; one for each step or pixel there is not");
            return false;
        }
        const FAULT: &str = "softmax over one unit is always 1: it would never train";
        const HELP: &str = "give it one unit for each class; for yes or no, use `Dense(1, sigmoid)` with `binary_cross_entropy`";
        let size = shape.size();
        if size == Dim::Literal(1) {
            self.diagnostics.report(place, FAULT, HELP);
            return false;
        }
        if !matches!(size, Dim::Literal(_)) && !size::is_generic(&size) {
            self.assert(&size, &Dim::Literal(2), Relation::AtLeast, FAULT, HELP, place);
        }
        true
    }
}

/// A step at work on its inputs.
struct AtStep<'t, 'a, 'd> {
    tracer: &'t mut Tracer<'a, 'd>,
    step: &'t Step,
    inputs: &'t [usize],
}

impl Rules for AtStep<'_, '_, '_> {
    fn written(&self) -> &str {
        &self.step.written
    }

    fn value(&self, input: usize) -> String {
        self.tracer.name(self.inputs[input])
    }

    fn trail(&self, input: usize) -> String {
        self.tracer.trail(self.inputs[input])
    }

    fn report_flow(&mut self, place: Option<Place>, fault: &str, flow: &str, help: &str) {
        self.tracer.diagnostics.report_flow(place.unwrap_or(self.step.place), fault, flow, help);
    }

    fn assert(&mut self, left: &Dim, right: &Dim, relation: Relation, fault: &str, help: &str, place: Option<Place>) {
        self.tracer.assert(left, right, relation, fault, help, place.unwrap_or(self.step.place));
    }

    fn real(&mut self, dims: Vec<Dim>) -> Option<Shape> {
        self.tracer.real(dims, self.step.place)
    }

    fn no_arithmetic(&mut self, dims: &[Dim], what: &str, operator: &str) {
        self.tracer.no_arithmetic(self.step.place, dims, what, operator);
    }

    fn one_shape(&mut self, verb: &str, shapes: &[Vec<Dim>], help: &str) -> Option<()> {
        self.tracer.one_shape(self.step, verb, self.inputs, shapes, help)
    }

    fn softmax(&mut self, shape: &Shape) -> bool {
        self.tracer.softmax(shape, self.step.place)
    }

    fn optional(&self, input: usize) -> Option<Vec<bool>> {
        let columns = crate::check::columns(self.tracer.model, &self.tracer.trace, self.inputs[input])?;
        let optional: Vec<bool> = columns.iter().map(|column| column.optional).collect();
        optional.contains(&true).then_some(optional)
    }

    fn sized(&self, path: &TokenStream, size: &Dim) -> TokenStream {
        fill(path, &generic_argument(size, self.tracer.facade))
    }
}

/// Puts the size of the input for every `_` among the generics of a path.
fn fill(path: &TokenStream, size: &TokenStream) -> TokenStream {
    path.clone()
        .into_iter()
        .flat_map(|token| match token {
            TokenTree::Ident(ident) if ident == "_" => size.clone(),
            token => token.into(),
        })
        .collect()
}
