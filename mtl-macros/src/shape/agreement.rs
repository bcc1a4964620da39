//! Shapes that must be the same: decided here, or by an assertion in the generated code.

use super::tracer::Tracer;
use crate::assertion::{Assertion, Relation};
use crate::diagnostic::Place;
use crate::resolve::Step;
use crate::size::{self, Agreement, Dim};

impl Tracer<'_, '_> {
    /// Compares two shapes; what only const evaluation can tell becomes an assertion.
    pub(super) fn dims_agree(&mut self, left: &[Dim], right: &[Dim], fault: &str, help: &str, place: Place) -> Agreement {
        if left.len() != right.len() {
            return Agreement::Different;
        }
        let all: Vec<Agreement> = left.iter().zip(right).map(|(left, right)| size::agreement(left, right)).collect();
        for worst in [Agreement::Different, Agreement::Undecidable] {
            if all.contains(&worst) {
                return worst;
            }
        }
        if !all.contains(&Agreement::Unknown) {
            return Agreement::Same;
        }
        for ((left, right), agreement) in left.iter().zip(right).zip(all) {
            if agreement == Agreement::Unknown {
                self.assert(left, right, Relation::Equal, fault, help, place);
            }
        }
        Agreement::Unknown
    }

    pub(super) fn assert(&mut self, left: &Dim, right: &Dim, relation: Relation, fault: &str, help: &str, place: Place) {
        let message = format!("{fault}\nhelp: {help}");
        self.trace.assertions.push(Assertion { left: left.clone(), right: right.clone(), relation, message, span: place.start });
    }

    /// The values have one shape; reports those that do not.
    pub(super) fn one_shape(&mut self, step: &Step, verb: &str, inputs: &[usize], shapes: &[Vec<Dim>], help: &str) -> Option<()> {
        let written = &step.written;
        for (index, other) in shapes.iter().enumerate().skip(1) {
            let (left, right) = (self.name(inputs[0]), self.name(inputs[index]));
            let fault = format!(
                "{}`{written}` {verb} values of one shape, but {left} is {} and {right} is {}",
                self.subject(),
                size::shape_text(&shapes[0]),
                size::shape_text(other)
            );
            match self.dims_agree(&shapes[0], other, &fault, help, step.place) {
                Agreement::Same | Agreement::Unknown => {}
                Agreement::Different | Agreement::Undecidable => {
                    let flow = format!("{}; {}", self.trail(inputs[0]), self.trail(inputs[index]));
                    // `N` may well be the same number: that it may be another one is the fault.
                    let generic = shapes[0].iter().chain(other).find(|dim| size::is_generic(dim)).filter(|_| shapes[0].len() == other.len());
                    let fault = generic.map_or_else(|| fault.clone(), |generic| format!("{fault}; `{}` may be any number", size::text(generic)));
                    self.diagnostics.report_flow(step.place, fault, flow, help);
                    return None;
                }
            }
        }
        Some(())
    }
}
