//! A `layer` in place, and that each use gives it the same shapes.

use super::sharing;
use super::tracer::{Tracer, takes_an_activation};
use crate::resolve::{Resolved, Step};
use crate::size::{Agreement, Shape};
use crate::step::Kind;

impl Tracer<'_, '_> {
    /// Applies the steps of a `layer` in place.
    pub(super) fn layer(&mut self, step: &Step, index: usize, inputs: &[usize]) -> Vec<usize> {
        let model = self.model;
        let Some(Resolved::Layer(steps)) = model.statements.get(index).map(|statement| &statement.body) else {
            return vec![self.nothing(inputs.to_vec())];
        };
        let shapes: Vec<Option<Shape>> = inputs.iter().map(|&input| self.shape(input).cloned()).collect();
        if !self.same_as_first_use(step, index, &shapes, steps) {
            return vec![self.nothing(inputs.to_vec())];
        }
        let user = std::mem::replace(&mut self.owner, index);
        let mut values = inputs.to_vec();
        let mut follows = false;
        for (number, step) in steps.iter().enumerate() {
            let after = steps.get(number + 1..).unwrap_or_default();
            values = self.step(step, &values, follows, sharing::Outputs { names: &[], after });
            follows = takes_an_activation(step);
        }
        self.owner = user;
        values
    }

    /// A `layer` with parameters takes the same shapes at every use.
    fn same_as_first_use(&mut self, step: &Step, index: usize, shapes: &[Option<Shape>], steps: &[Step]) -> bool {
        let has_parameters = steps.iter().any(|step| self.has_parameters(step));
        let Some((first, user)) = self.first_use[index].clone() else {
            if shapes.iter().all(Option::is_some) {
                self.first_use[index] = Some((shapes.to_vec(), self.owner));
            }
            return true;
        };
        if !has_parameters || shapes.iter().any(Option::is_none) {
            return true;
        }
        let text = |shapes: &[Option<Shape>]| shapes.iter().flatten().map(Shape::text).collect::<Vec<_>>().join(", ");
        let user = self.model.statements[user].name.to_string();
        let fault = format!(
            "the layer `{}` has the same parameters at every use: it takes {} in `{user}`, and {} here",
            step.written,
            text(&first),
            text(shapes)
        );
        let help = "give it values of one shape, or declare a second layer";
        if first.len() != shapes.len() {
            self.diagnostics.report(step.place, fault, help);
            return false;
        }
        for (first, here) in first.iter().flatten().zip(shapes.iter().flatten()) {
            let (Shape::Real(first_dims), Shape::Real(here_dims)) = (first, here) else {
                if first == here {
                    continue;
                }
                self.diagnostics.report(step.place, fault, help);
                return false;
            };
            match self.dims_agree(first_dims, here_dims, &fault, help, step.place) {
                Agreement::Same | Agreement::Unknown => {}
                Agreement::Different | Agreement::Undecidable => {
                    self.diagnostics.report(step.place, fault, help);
                    return false;
                }
            }
        }
        true
    }

    fn has_parameters(&self, step: &Step) -> bool {
        match &step.kind {
            Kind::One(operation) => operation.has_parameters(),
            Kind::Sharing(_) => true,
            Kind::Layer(index) => match self.model.statements.get(*index).map(|statement| &statement.body) {
                Some(Resolved::Layer(steps)) => steps.iter().any(|step| self.has_parameters(step)),
                _ => false,
            },
            Kind::Broken => false,
        }
    }
}
