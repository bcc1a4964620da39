//! Rules on `#[int8]`.

use crate::diagnostic::Diagnostics;
use crate::graph::Operation;
use crate::resolve::Model;
use crate::shape::Trace;

/// The product of more differences of bytes than these does not fit into 32 bits.
const MOST_FACTORS: usize = 3;

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
        match operation {
            Operation::Custom(_) => {
                diagnostics.report(
                    application.place,
                    format!("`{}` has no form in eight bits, which `#[int8]` asks for", application.kind),
                    "take `#[int8]` out, or build the step from those of the language",
                );
                reported.push(application.number());
            }
            Operation::Multiply if application.inputs.len() > MOST_FACTORS => {
                let count = application.inputs.len();
                diagnostics.report(
                    application.place,
                    format!("`Multiply` of {count} values has no form in eight bits, which `#[int8]` asks for"),
                    format!("multiply {MOST_FACTORS} of them, and the product with the others"),
                );
                reported.push(application.number());
            }
            _ => {}
        }
    }
}
