//! Rules on a model whose names and shapes are known, one rule a function.
//!
//! What is broken already was reported, and is passed over here in silence.

mod graph;
mod heads;
mod int8;
mod meaning;
mod missing;
mod names;
mod ties;

pub(crate) use missing::columns;
pub(crate) use names::{clashing_parts, takes_a_name};

use crate::assertion::Assertion;
use crate::diagnostic::Diagnostics;
use crate::resolve::Model;
use crate::shape::Trace;

/// Checks every rule; gives what only const evaluation can check.
pub(crate) fn all(diagnostics: &mut Diagnostics, model: &Model, trace: &Trace) -> Vec<Assertion> {
    let mut assertions: Vec<Assertion> = model.assertions.iter().chain(&trace.assertions).cloned().collect();
    if model.syntax.name.is_none() {
        return assertions;
    }
    names::can_be_rust_names(diagnostics, model);
    names::are_free(diagnostics, model);
    names::give_different_types(diagnostics, model);
    names::inputs_have_types_of_their_own(diagnostics, model);
    names::parts_have_types_of_their_own(diagnostics, model);
    heads::all(diagnostics, model, trace, &mut assertions);
    missing::are_filled_in(diagnostics, model, trace);
    ties::have_one_shape(diagnostics, model, trace, &mut assertions);
    meaning::softmax_follows_numbers(diagnostics, trace);
    meaning::classes_differ(diagnostics, model);
    graph::all(diagnostics, model, trace);
    int8::has_every_step(diagnostics, model, trace);
    assertions
}
