//! Why training stops, or does not begin.

use core::fmt::{self, Display, Formatter};
use std::boxed::Box;
use std::path::PathBuf;
use std::string::String;
use std::vec::Vec;

use super::{Difference, SampleError};
use crate::balance::{BalanceError, StateUnknown};
use crate::data::DataError;
use crate::error::FileError;
use crate::model::Model;
use crate::pass::PassError;
use crate::setting::InvalidSetting;
use crate::weights::checkpoint::CheckpointError;

/// Why training stops, or does not begin. Epochs and steps (over all epochs) are counted from 1.
///
/// After an error the parameters are those of the best epoch so far, where [best weights](super::Trainer::best_weights) or an
/// [early stopping](super::EarlyStopping::restore_best) that restores them keep them; else those from before the step it happened in.
/// [`Trainer::interrupted`](super::Trainer::interrupted) has the epochs until then.
#[derive(thiserror::Error)]
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
    /// Rows with a sample weight of 0, all of them.
    #[error("every row of the {data} data has a sample weight of 0")]
    NoWeight {
        /// Which data: `training` or `validation`.
        data: &'static str,
    },
    /// Validation data without rows.
    #[error("the validation data are empty")]
    NoValidationData,
    /// Early stopping or best weights, which go by the validation data, without any.
    #[error("early stopping and best weights need validation data: give `validation` or `validation_fraction`")]
    NothingToMonitor,
    /// A setting of the trainer, its optimizer, schedule or clipping with a value that it does not take.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A validation fraction that cannot be split off.
    #[error("the validation part cannot be split off: {0}")]
    Validation(DataError),
    /// A loss that is NaN or infinite.
    #[error(
        "the loss of the head `{head}` is {loss} in step {step} (epoch {epoch}): the learning rate may be too high, or the inputs or sample weights \
         too large"
    )]
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
    /// A parameter or a moving statistic that a step made NaN or infinite, although its gradient is finite; or an optimizer's memory of it,
    /// without which it would never move again.
    #[error(
        "`{parameter}`, or what the optimizer remembers of it, is not finite after step {step} (epoch {epoch}): the learning rate may be too high, or \
         the gradient too large, which `clip` limits"
    )]
    NonFiniteParameter {
        /// The first such tensor of parameters.
        parameter: &'static str,
        /// The epoch.
        epoch: usize,
        /// The step.
        step: u64,
    },
    /// A learning rate, from optimizer and schedule, that is negative or not finite in the model's scalar.
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
    #[error("the heads cannot be balanced in step {step} (epoch {epoch}){}: {error}", about(*head))]
    Balance {
        /// Why not. Its tasks are the heads, counted from 0 in the order of declaration.
        error: BalanceError,
        /// The head that it is about, if it is about one.
        head: Option<&'static str>,
        /// The epoch.
        epoch: usize,
        /// The step.
        step: u64,
    },
    /// A sampler that does not fit the data.
    #[error("the rows of an epoch cannot be chosen: {0}")]
    Sample(#[from] SampleError),
    /// A factor on the learning rate of a block that is negative or not finite.
    #[error("the factor on the learning rate of the block `{block}` is {factor}, but it must be finite and at least 0")]
    InvalidRateFactor {
        /// The block.
        block: &'static str,
        /// The factor.
        factor: f64,
    },
    /// A checkpoint that cannot be written or read.
    #[error(transparent)]
    Checkpoint(Box<CheckpointError>),
    /// A checkpoint of another training, which this one cannot go on from. What may differ is said by [`Trainer::resume_with`](super::Trainer::resume_with).
    #[error("checkpoint `{}` is of another training{}", path.display(), Listed(differences))]
    OtherRun {
        /// The file.
        path: PathBuf,
        /// All in which it differs, of what may not.
        differences: Vec<Difference>,
    },
    /// Checkpoints of a training with a balancing strategy of one's own that has no `state`.
    #[error("the training cannot be saved: {0}")]
    StrategyNotSaved(#[from] StateUnknown),
    /// Values that a `Normalize` layer cannot be adapted to.
    #[error(transparent)]
    Adapt(#[from] crate::adapt::AdaptError),
    /// A log that cannot be written.
    #[error(transparent)]
    Log(#[from] FileError),
    /// The system does not let the program handle Ctrl-C.
    #[error("training cannot stop on Ctrl-C: {error}")]
    CtrlC {
        /// What it says.
        error: std::io::Error,
    },
    /// A pass that cannot be.
    #[error(transparent)]
    Pass(#[from] PassError),
}

impl TrainError {
    pub(super) fn balance<M: Model>(error: BalanceError, epoch: usize, step: u64) -> Self {
        let head = error.task().and_then(|task| M::HEADS.get(task)).map(|head| head.name);
        Self::Balance { error, head, epoch, step }
    }
}

fn about(head: Option<&'static str>) -> String {
    head.map_or_else(String::new, |head| std::format!(", because of the head `{head}`"))
}

/// Each on a line of its own, with a way out.
struct Listed<'a>(&'a [Difference]);

impl Display for Listed<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|difference| write!(formatter, "\n  {difference}"))?;
        if self.0.iter().any(Difference::is_of_another_kind) {
            return Ok(());
        }
        write!(formatter, "\n  help: if this is on purpose, `.resume_with(path, [")?;
        for (number, difference) in self.0.iter().enumerate() {
            write!(formatter, "{}Setting::{:?}", if number > 0 { ", " } else { "" }, difference.setting)?;
        }
        write!(formatter, "])`")
    }
}

impl From<CheckpointError> for TrainError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(Box::new(error))
    }
}
