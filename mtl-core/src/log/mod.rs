//! Files that tell how a training goes, for other tools: [`Trainer::log`](crate::trainer::Trainer::log).
//!
//! | log | for | what it has |
//! |---|---|---|
//! | [`Csv`] | spreadsheets, `pandas` | a line an epoch, a column a number |
//! | [`JsonLines`] | `jq`, databases, programs | a JSON object an epoch, one that begins and one that ends |
//! | `TensorBoard` (feature `tensorboard`) | TensorBoard | curves of training and validation, the summary as text, confusion matrices as pictures |
//!
//! All have the combined loss, the loss, the weight and the metrics of each head, the learning rate, and with
//! [`watch_gradients`](crate::trainer::Trainer::watch_gradients) the norm of each head's gradient and the cosines between them. They are written after each
//! epoch, so that what a run which is killed has told is there. A file that cannot be written is an error before the first epoch.

mod csv;
mod json_lines;
#[cfg(feature = "tensorboard")]
mod tensorboard;

pub use self::csv::Csv;
pub use json_lines::JsonLines;
#[cfg(feature = "tensorboard")]
pub use tensorboard::TensorBoard;

use std::borrow::Cow;

use crate::error::FileError;
use crate::report::ConfusionMatrix;
use crate::trainer::Ending;

/// Something that is told how a training goes.
pub trait Log {
    /// Before the first epoch.
    ///
    /// # Errors
    ///
    /// A file that cannot be written; training does not begin.
    fn begin(&mut self, start: &Start<'_>) -> Result<(), FileError>;

    /// After an epoch and its validation.
    ///
    /// # Errors
    ///
    /// A file that cannot be written; training ends, as after any other error.
    fn epoch(&mut self, record: &Record<'_>) -> Result<(), FileError>;

    /// After how many steps it is told of one; of none by itself.
    fn every(&self) -> Option<u64> {
        None
    }

    /// After a step, where it [asks](Self::every).
    ///
    /// # Errors
    ///
    /// A file that cannot be written; training ends.
    fn step(&mut self, step: &StepRecord<'_>) -> Result<(), FileError> {
        let _ = step;
        Ok(())
    }

    /// At the end, but not after an error.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    fn end(&mut self, ending: &Ending) -> Result<(), FileError> {
        let _ = ending;
        Ok(())
    }
}

/// What a training is about.
#[derive(Clone, Copy, Debug)]
pub struct Start<'s> {
    /// The name of the model.
    pub model: &'static str,
    /// Its summary: what it prints.
    pub summary: &'s str,
    /// The heads in the order of declaration.
    pub heads: &'s [&'static str],
    /// How many epochs are to be trained.
    pub epochs: usize,
    /// How many steps an epoch has.
    pub steps_per_epoch: u64,
}

/// What an epoch gave.
#[derive(Clone, Copy, Debug)]
pub struct Record<'r> {
    /// The epoch, from 1.
    pub epoch: usize,
    /// Its last step, from 1, over all epochs.
    pub step: u64,
    /// How long it took, validation included.
    pub seconds: f64,
    /// The numbers of the training: `learning_rate`, `loss`, and by head `loss`, `weight`, `gradient_norm`.
    pub train: &'r [Value],
    /// The numbers of the validation: `loss`, and by head `loss` and its metrics; empty without one.
    pub validation: &'r [Value],
    /// The confusion matrices of the validation.
    pub matrices: &'r [Matrix],
}

/// What a step gave.
#[derive(Clone, Copy, Debug)]
pub struct StepRecord<'r> {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step, from 1, over all epochs.
    pub step: u64,
    /// Its learning rate.
    pub learning_rate: f64,
    /// The heads' mean losses over the batch; NaN for one that has no label in it.
    pub losses: &'r [Value],
}

/// A number with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// The head that it is of; none of what all have in common.
    pub head: Option<&'static str>,
    /// What it is.
    pub name: Cow<'static, str>,
    /// The number; NaN where it is not defined.
    pub value: f64,
}

/// A confusion matrix with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Matrix {
    /// The head that it is of.
    pub head: &'static str,
    /// The metric.
    pub name: &'static str,
    /// The matrix.
    pub matrix: ConfusionMatrix,
}

#[cfg(test)]
mod tests;
