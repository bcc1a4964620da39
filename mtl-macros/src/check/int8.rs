//! Rules on `#[int8]`.

use crate::diagnostic::Diagnostics;
use crate::resolve::Model;
use crate::shape::Trace;

// The form in eight bits is whole numbers from the inputs to the heads: a step without one would have to go through `f32`, unseen.
pub(super) fn has_every_step(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace) {
    if !model.syntax.int8 {
        return;
    }
    let mut reported = Vec::new();
    for application in &trace.applications {
        let Some(operation) = &application.operation else { continue };
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
            Some(_) => {}
        }
    }
}
