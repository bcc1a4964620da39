//! Rules on `#[int8]`.

use crate::diagnostic::Diagnostics;
use crate::resolve::Model;
use crate::shape::{self, Trace};
use crate::size::Shape;
use crate::step::int8::AtTheStart;

// The form in eight bits is whole numbers from the inputs to the heads: a step without one would have to go through `f32`, unseen.
pub(super) fn has_every_step(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace) {
    if !model.syntax.int8 {
        return;
    }
    let mut reported = Vec::new();
    // Values that can be computed in `f32` from the inputs on.
    let mut is_real: Vec<bool> = trace.values.iter().map(|value| value.maker.is_none() && matches!(value.shape, Some(Shape::Real(_)))).collect();
    for application in &trace.applications {
        let Some(operation) = &application.operation else { continue };
        let follows_reals = application.inputs.iter().all(|&input| is_real[input]);
        is_real[application.output] = follows_reals && operation.int8().is_some_and(|form| form.at_the_start() != AtTheStart::Never);
        // Every use of a `layer` has the same steps.
        if reported.contains(&application.number()) {
            continue;
        }
        let count = application.inputs.len();
        match operation.int8() {
            None => {
                diagnostics.report(
                    application.place,
                    format!("`{}` has no form in eight bits, which `#[int8]` asks for", application.kind),
                    "take `#[int8]` out, or build the step from those of the language",
                );
                reported.push(application.number());
            }
            Some(form) if count > form.most_inputs() => {
                let name = operation.name();
                diagnostics.report(
                    application.place,
                    format!("`{name}` of {count} values has no form in eight bits, which `#[int8]` asks for"),
                    format!("{} {} of them, and the product with the others", name.to_lowercase(), form.most_inputs()),
                );
                reported.push(application.number());
            }
            Some(form) if form.is_at_the_start_alone() && !follows_reals => {
                let before = application.inputs.first().map(|&input| shape::trail(model, trace, input)).unwrap_or_default();
                diagnostics.report_flow(
                    application.place,
                    format!("`{}` has a form in eight bits where values are real numbers, and here they are bytes", application.text),
                    before,
                    format!("put `{}` before the first step with weights, or take `#[int8]` out", operation.name()),
                );
                reported.push(application.number());
            }
            Some(_) => {}
        }
    }
}
