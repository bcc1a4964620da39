//! Rules on a model whose names and shapes are known, one rule a function.

use crate::diagnostic::Diagnostics;
use crate::graph::Assertion;
use crate::resolve::Model;
use crate::shape::Trace;

/// Checks every rule; gives what only const evaluation can check.
pub(crate) fn all(_diagnostics: &mut Diagnostics, model: &Model, trace: &Trace) -> Vec<Assertion> {
    model.assertions.iter().chain(&trace.assertions).cloned().collect()
}
