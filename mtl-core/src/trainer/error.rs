//! Why training stops, or does not begin.

use std::boxed::Box;
use std::path::PathBuf;
use std::string::String;

use super::SampleError;
use crate::balance::{BalanceError, StateUnknown};
use crate::data::DataError;
use crate::pass::PassError;
use crate::weights::checkpoint::CheckpointError;

/// Why training stops, or does not begin. Epochs and steps (over all epochs) are counted from 1.
///
/// After an error the parameters are those of the best epoch so far, where [best weights](super::Trainer::best_weights) or an
/// [early stopping](super::EarlyStopping::restore_best) that restores them keep them. Else they are those from before the step it happened in;
/// only where a balancing strategy fails to learn from a step, those after it. [`Trainer::interrupted`](super::Trainer::interrupted) has the epochs until then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// There is nothing to train on.
    #[error("the training data are empty")]
    NoData,
    /// No row has a label for any head that is trained from the first epoch on.
    #[error("no row of the training data has a label for any head that is trained from the first epoch on")]
    NoLabels,
    /// No row to validate on has a label for any head that is trained from the first epoch on, so the combined loss is of nothing.
    #[error("no row of the validation data has a label for any head that is trained from the first epoch on")]
    NoValidationLabels,
    /// A quantity to monitor that is NaN, with no number before it to compare it with.
    #[error(
        "{monitor} cannot go by its quantity: it is NaN in epoch {epoch}, and was no number before. A head without a label in the validation data \
         has no loss and no metrics, and some metrics are not defined where all labels are the same"
    )]
    UndefinedMonitor {
        /// `early stopping` or `best weights`.
        monitor: &'static str,
        /// The epoch.
        epoch: usize,
    },
    /// Validation data without rows.
    #[error("the validation data are empty")]
    NoValidationData,
    /// Early stopping or best weights, which go by the validation data, without any.
    #[error("early stopping and best weights need validation data: give `validation` or `validation_fraction`")]
    NothingToMonitor,
    /// A batch size of 0.
    #[error("the batch size is 0")]
    ZeroBatchSize,
    /// A validation fraction that cannot be split off.
    #[error("the validation part cannot be split off: {0}")]
    Validation(DataError),
    /// A loss that is NaN or infinite.
    #[error("the loss of the head `{head}` is {loss} in step {step} (epoch {epoch}): the learning rate may be too high, or the inputs too large")]
    NonFiniteLoss {
        /// The head.
        head: &'static str,
        /// Its loss over the batch.
        loss: f64,
        /// The epoch.
        epoch: usize,
        /// The step.
        step: u64,
    },
    /// A gradient that is NaN or infinite although every loss is finite.
    #[error("the gradient of `{parameter}` is not finite in step {step} (epoch {epoch}): the inputs may be too large")]
    NonFiniteGradient {
        /// The first tensor of parameters with such a gradient.
        parameter: &'static str,
        /// The epoch.
        epoch: usize,
        /// The step.
        step: u64,
    },
    /// A learning rate, from optimizer and schedule, that is negative or not finite.
    #[error("the learning rate is {learning_rate} in step {step} (epoch {epoch})")]
    InvalidLearningRate {
        /// The rate.
        learning_rate: f64,
        /// The epoch.
        epoch: usize,
        /// The step.
        step: u64,
    },
    /// A head that the model does not have.
    #[error("`{model}` has no head `{head}`")]
    UnknownHead {
        /// The model.
        model: &'static str,
        /// What was asked for.
        head: String,
    },
    /// No head to begin with.
    #[error("no head is trained in the first epoch")]
    NoHeads,
    /// Heads that cannot be balanced in a step, or at its end (a step of 0: before the first).
    #[error("the heads cannot be balanced in step {step} (epoch {epoch}): {error}")]
    Balance {
        /// Why not. Its tasks are the heads, counted from 0 in the order of declaration.
        error: BalanceError,
        /// The epoch.
        epoch: usize,
        /// The step.
        step: u64,
    },
    /// A sampler that does not fit the data.
    #[error("the rows of an epoch cannot be chosen: {0}")]
    Sample(#[from] SampleError),
    /// A factor on the learning rate of a block that is negative or not finite.
    #[error("the factor on the learning rate of the block `{block}` is {factor}")]
    InvalidRateFactor {
        /// The block.
        block: &'static str,
        /// The factor.
        factor: f64,
    },
    /// A checkpoint that cannot be written or read.
    #[error(transparent)]
    Checkpoint(Box<CheckpointError>),
    /// A checkpoint of another training, which this one cannot go on from.
    #[error("checkpoint `{}`: the {what} of its training is not that of this one", path.display())]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// What differs.
        what: &'static str,
    },
    /// Checkpoints of a training with a balancing strategy of one's own that has no `state`.
    #[error("the training cannot be saved: {0}")]
    StrategyNotSaved(#[from] StateUnknown),
    /// A pass that cannot be.
    #[error(transparent)]
    Pass(#[from] PassError),
}

impl From<CheckpointError> for TrainError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(Box::new(error))
    }
}
