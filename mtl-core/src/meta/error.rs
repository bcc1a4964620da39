//! Why meta-learning stops.

use crate::pass::PassError;
use crate::setting::InvalidSetting;

/// Why meta-learning stops. The starting parameters are those from before the iteration it happened in.
#[derive(Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum MetaError {
    /// A task without rows.
    #[error("a task has no rows to learn from")]
    EmptyTask,
    /// A task none of whose rows has a label.
    #[error("no row of a task has a label to learn from")]
    NoLabels,
    /// A setting with a value that it does not take.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// The loss on a task is NaN or infinite.
    #[error("the loss is {loss} in step {step} on a task: the learning rate may be too high")]
    NonFiniteLoss {
        /// The combined loss.
        loss: f64,
        /// The step on this task, from 1.
        step: usize,
    },
    /// A step makes a parameter NaN or infinite.
    #[error("`{parameter}` is not finite after step {step} on a task, or of the starting parameters: the learning rate may be too high")]
    NonFiniteParameter {
        /// The first such tensor of parameters.
        parameter: &'static str,
        /// The step on this task, or the iteration; from 1.
        step: usize,
    },
    /// A batch that a pass cannot take.
    #[error(transparent)]
    Pass(#[from] PassError),
}
