//! Why a step cannot be balanced.

use super::MAX_TASKS;
use crate::setting::InvalidSetting;

/// A step that a strategy cannot balance. Its state is as it was before.
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BalanceError {
    /// No tasks, or too many.
    #[error("there are {tasks} tasks; balancing takes 1 to {MAX_TASKS}")]
    TaskCount {
        /// How many there are.
        tasks: usize,
    },
    /// Two things that belong together have different lengths.
    #[error("{what}: {found} values where {expected} are expected")]
    LengthMismatch {
        /// What is too long or too short.
        what: &'static str,
        /// How many values it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A loss that is infinite or NaN.
    #[error("the loss of task {task} is {loss}")]
    LossNotFinite {
        /// The number of the task.
        task: usize,
        /// Its loss.
        loss: f64,
    },
    /// A loss below the least value for which the strategy is defined, as it takes its logarithm or divides by it.
    #[error(
        "the loss of task {task} is {loss}, but the strategy is defined for losses of {least} and more: below 0 too, `FixedWeights`, `RandomWeights`, \
         `DynamicWeightAverage`, `SmoothTchebycheff` and `GradNorm` take any loss, `Famo` takes those above its `least_losses`, and all directions but \
         `DbMtl` take any"
    )]
    LossTooSmall {
        /// The number of the task.
        task: usize,
        /// Its loss.
        loss: f64,
        /// The least loss for which it is defined.
        least: f64,
    },
    /// A weight for a loss that is negative, or not finite in the model's scalar.
    #[error("the strategy gives the loss of task {task} the weight {weight}")]
    InvalidWeight {
        /// The number of the task.
        task: usize,
        /// Its weight.
        weight: f64,
    },
    /// A gradient that is infinite, NaN, or too long for its square to be a number.
    #[error("the gradient of task {task} is not finite")]
    GradientNotFinite {
        /// The number of the task.
        task: usize,
    },
    /// A setting of the strategy with a value that it does not take.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The step lacks something that [`LossWeighting::needs`](super::LossWeighting::needs) asks for.
    #[error("the strategy needs {what}, which the step does not have")]
    NotMeasured {
        /// What is missing.
        what: &'static str,
    },
    /// The strategy's memory, given when it was made, is too small for the model.
    #[error("the strategy keeps {needed} numbers for this model, and has memory for {available}")]
    StorageTooSmall {
        /// How many numbers it keeps.
        needed: usize,
        /// For how many there is memory.
        available: usize,
    },
}

impl BalanceError {
    /// The number of the task that it is about, if it is about one.
    #[must_use]
    pub const fn task(&self) -> Option<usize> {
        match self {
            Self::LossNotFinite { task, .. }
            | Self::LossTooSmall { task, .. }
            | Self::InvalidWeight { task, .. }
            | Self::GradientNotFinite { task } => Some(*task),
            Self::TaskCount { .. } | Self::LengthMismatch { .. } | Self::Setting(_) | Self::NotMeasured { .. } | Self::StorageTooSmall { .. } => None,
        }
    }
}
