//! What a strategy keeps from step to step, so that a checkpoint can hold it.

/// A part of what a strategy keeps.
#[derive(Debug)]
pub enum State<'a> {
    /// Numbers, whatever bits they have.
    Numbers(&'a mut [f64]),
    /// Counters, sets, and where a stream of random numbers is.
    Words(&'a mut [u64]),
}

/// Is shown the parts of a strategy's state, each under its name: to copy it, or to overwrite it.
pub type VisitState<'a> = dyn FnMut(&'static str, State<'_>) + 'a;

/// A strategy that does not say what it keeps from step to step: its training has no checkpoints.
#[derive(Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the strategy does not say what it keeps from step to step")]
pub struct StateUnknown;
