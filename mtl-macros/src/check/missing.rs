//! Rules on columns that may be missing: NaN stands for a missing cell, and must not flow.

use crate::ast::{self, Body, Column};
use crate::diagnostic::Diagnostics;
use crate::resolve::{Model, Resolved};
use crate::shape::{self, Trace};
use crate::suggest;

// What is missing is filled in before anything is computed from it.
pub(super) fn are_filled_in(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace) {
    for application in &trace.applications {
        let Some(operation) = &application.operation else { continue };
        if operation.fills_in() {
            continue;
        }
        for &input in &application.inputs {
            if let Some((name, columns)) = optional(model, trace, input) {
                let fault =
                    format!("`{}` takes `{name}`, where {} may be missing", application.text, suggest::list(columns.iter().map(String::as_str)));
                let help = format!("fill in what is missing first: `{name} -> Normalize`, `{name} -> Robust` or `{name} -> Impute`");
                diagnostics.report_flow(application.place, fault, shape::trail(model, trace, input), help);
            }
        }
    }
    for (index, statement) in model.statements.iter().enumerate() {
        let Resolved::Head(flow, _) = &statement.body else { continue };
        let Some((name, columns)) = trace.statements[index].and_then(|value| optional(model, trace, value)) else { continue };
        let fault = format!("head `{}` ends in `{name}`, where {} may be missing", statement.name, suggest::list(columns.iter().map(String::as_str)));
        diagnostics.report(flow.place, fault, format!("write `{name} -> Normalize -> Dense(1)`"));
    }
}

/// The name of an input that is the value, and those of its columns that may be missing, if some may.
fn optional(model: &Model, trace: &Trace, value: usize) -> Option<(String, Vec<String>)> {
    let columns = columns(model, trace, value)?;
    let names: Vec<String> = columns.iter().filter(|column| column.optional).map(|column| column.name.to_string()).collect();
    let name = shape::statement_name(model, trace, value)?.to_string();
    (!names.is_empty()).then_some((name, names))
}

/// The columns of an input, if the value is one that has names for them.
pub(crate) fn columns<'m>(model: &'m Model<'_>, trace: &Trace, value: usize) -> Option<&'m [Column]> {
    let value = trace.values.get(value).filter(|value| value.maker.is_none())?;
    match &model.statements.get(value.statement?)?.syntax.body {
        Body::Input(ast::Input::Columns(columns)) => Some(columns),
        _ => None,
    }
}
