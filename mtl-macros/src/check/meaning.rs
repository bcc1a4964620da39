//! What is legal and means something else than it seems to.

use crate::ast::{Body, Input, TermKind};
use crate::diagnostic::Diagnostics;
use crate::function::Function;
use crate::resolve::Model;
use crate::shape::Trace;

// The softmax of probabilities is nearly the same for all of them.
pub(super) fn softmax_follows_numbers(diagnostics: &mut Diagnostics, trace: &Trace) {
    let is_softmax = |maker: usize| trace.applications[maker].activation.as_ref().is_some_and(Function::is_softmax);
    for (number, application) in trace.applications.iter().enumerate().filter(|(number, _)| is_softmax(*number)) {
        let before = application.inputs.first().and_then(|&input| trace.values[input].maker);
        if before.is_some_and(is_softmax) && application.step != trace.applications[before.unwrap_or(number)].step {
            let fault = "a softmax of what a softmax gives: probabilities lie so near each other that all classes come out nearly alike";
            diagnostics.report(application.place, fault, "take one of the two out");
        }
    }
}

// An input of one class is always the same.
pub(super) fn classes_differ(diagnostics: &mut Diagnostics, model: &Model) {
    for statement in &model.statements {
        let Body::Input(Input::Class { classes, has_unknown: false }) = &statement.syntax.body else { continue };
        if matches!(&classes.kind, TermKind::Number(number) if number.whole == Some(Some(1))) {
            let fault = format!("`{}` has one class: it would always be the same", statement.name);
            diagnostics.report(classes.place, fault, "write how many classes there are, `class(2)`; a number of its own is `[1]`");
        }
    }
}
