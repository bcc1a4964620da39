//! Shapes: follows every flow from its inputs, applies each step, and records which step made which value of which shape.
//!
//! `layer`s are applied in place, at every use anew. A step with an activation is two applications here; lowering
//! joins them again where it may.

mod agreement;
mod layer;
mod rules;
mod sharing;
mod takes;
mod trace;
mod tracer;
mod words;

pub(crate) use trace::{Application, Trace};
use tracer::Tracer;
pub(crate) use words::{statement_name, trail};

use proc_macro2::TokenStream;

use crate::diagnostic::Diagnostics;
use crate::resolve::{Model, Resolved};

/// Infers every shape of the model.
pub(crate) fn infer(diagnostics: &mut Diagnostics, model: &Model, facade: &TokenStream) -> Trace {
    let mut tracer = Tracer {
        diagnostics,
        model,
        facade,
        first_use: model.statements.iter().map(|_| None).collect(),
        owner: 0,
        trace: Trace {
            values: Vec::new(),
            applications: Vec::new(),
            statements: vec![None; model.statements.len()],
            parts: Vec::new(),
            assertions: Vec::new(),
        },
    };
    for (index, statement) in model.statements.iter().enumerate() {
        tracer.owner = index;
        let names = &statement.syntax.names;
        let values = match &statement.body {
            Resolved::Input(shape) => {
                let shape = shape.as_ref().and_then(|shape| tracer.input(statement.name.into(), shape));
                vec![tracer.value(shape, None)]
            }
            Resolved::Value(flow) | Resolved::Head(flow, _) => tracer.flow(flow, names),
            Resolved::Layer(_) => Vec::new(),
        };
        tracer.trace.statements[index] = values.first().copied();
        for (part, &value) in values.iter().enumerate() {
            let named = &mut tracer.trace.values[value];
            // `let b = a;` gives no new value.
            if named.statement.is_none() {
                named.statement = Some(index);
                named.part = part;
            }
        }
        tracer.trace.parts.push(values);
    }
    tracer.trace
}
