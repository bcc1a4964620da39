//! What happened while a model was trained.

use core::fmt::{self, Debug, Display, Formatter};
use core::time::Duration;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::ending::Ending;
use super::gradients::HeadGradients;
use super::warning::Warning;
use crate::error::FileError;
use crate::evaluate::Evaluate;
use crate::model::HeadName;
use crate::report::{Cell, Report, loss, number};

/// The loss of one head over an epoch of training.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeadLoss {
    /// The head.
    pub head: &'static str,
    /// The mean over the samples with its label, each as it was when its batch was trained on; NaN if there was none.
    pub loss: f64,
    /// How many samples have its label.
    pub labels: usize,
    /// Its weight in the combined loss, in the mean over the steps in which it has a label: that of a [weighting](super::Trainer::weighting), 1 with a
    /// [direction](super::Trainer::direction) alone, else the one that it declares. NaN where it has no label.
    pub weight: f64,
}

/// One epoch of training. Its `Display` is the line that is printed as training goes on.
pub struct Epoch<M: Evaluate> {
    /// Its number, from 1.
    pub number: usize,
    /// How many epochs were to be trained.
    pub of: usize,
    /// The learning rate of its last step.
    pub learning_rate: f64,
    /// The combined loss: the weighted sum of the losses of the heads that it trained, plus penalties; NaN if none of its samples had a label of theirs.
    pub loss: f64,
    /// The heads' losses in the order of declaration.
    pub heads: Vec<HeadLoss>,
    /// The evaluation on the validation data after the epoch, if there are any.
    pub validation: Option<M::Report>,
    /// The heads' gradients after the epoch, where they are [watched](super::Trainer::watch_gradients).
    pub gradients: Option<HeadGradients>,
    /// How long it took, validation included.
    pub duration: Duration,
}

impl<M: Evaluate> Epoch<M> {
    /// The training loss of a head; NaN if no sample has its label. `None` if there is no such head.
    #[must_use]
    pub fn head_loss(&self, head: impl HeadName<M>) -> Option<f64> {
        self.heads.iter().find(|row| row.head == head.as_ref()).map(|row| row.loss)
    }

    /// The combined loss on the validation data; on the training data where there are none.
    #[must_use]
    pub fn monitored_loss(&self) -> f64 {
        self.validation.as_ref().map_or(self.loss, Report::loss)
    }
}

impl<M: Evaluate> Clone for Epoch<M> {
    fn clone(&self) -> Self {
        Self { heads: self.heads.clone(), validation: self.validation.clone(), gradients: self.gradients.clone(), ..*self }
    }
}

impl<M: Evaluate> Debug for Epoch<M> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("Epoch");
        fields.field("number", &self.number).field("of", &self.of).field("learning_rate", &self.learning_rate);
        fields.field("loss", &self.loss).field("heads", &self.heads).field("validation", &self.validation);
        fields.field("gradients", &self.gradients).field("duration", &self.duration).finish()
    }
}

impl<M: Evaluate> Display for Epoch<M> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let width = self.of.to_string().len();
        write!(formatter, "epoch {:>width$}/{}  loss {}", self.number, self.of, number(self.loss))?;
        write_losses(formatter, self.heads.iter().map(|row| (row.head, loss(row.loss, row.labels))))?;
        if let Some(report) = &self.validation {
            write!(formatter, "  validation {}", number(report.loss()))?;
            write_losses(formatter, report.heads().into_iter().map(|row| (row.head, loss(row.loss, row.labels))))?;
        }
        write!(formatter, "  {:.2} s", self.duration.as_secs_f64())
    }
}

fn write_losses(formatter: &mut Formatter<'_>, heads: impl Iterator<Item = (&'static str, String)>) -> fmt::Result {
    for (place, (head, loss)) in heads.enumerate() {
        write!(formatter, "{}{head} {loss}", if place == 0 { " (" } else { ", " })?;
    }
    write!(formatter, ")")
}

/// What happened while a model was trained, epoch by epoch.
pub struct History<M: Evaluate> {
    /// The epochs, in order; fewer than were asked for if training was stopped.
    pub epochs: Vec<Epoch<M>>,
    /// The number of the epoch whose parameters the model was given back at the end, if it was.
    pub restored: Option<usize>,
    /// How it ended; `None` if by an error or a panic.
    pub ending: Option<Ending>,
    /// What is unlikely to be meant, as found after the first epoch. They are printed once, where epochs are.
    pub warnings: Vec<Warning>,
}

impl<M: Evaluate> History<M> {
    pub(super) const fn new() -> Self {
        Self { epochs: Vec::new(), restored: None, ending: None, warnings: Vec::new() }
    }

    /// The last epoch.
    #[must_use]
    pub fn last(&self) -> Option<&Epoch<M>> {
        self.epochs.last()
    }

    /// The combined training loss by epoch.
    pub fn losses(&self) -> impl ExactSizeIterator<Item = f64> + '_ {
        self.epochs.iter().map(|epoch| epoch.loss)
    }

    /// The validation reports by epoch, of those that have one.
    pub fn reports(&self) -> impl Iterator<Item = &M::Report> {
        self.epochs.iter().filter_map(|epoch| epoch.validation.as_ref())
    }

    /// Writes one line an epoch: `epoch, learning_rate, seconds, loss, HEAD_loss.., validation_loss, validation_HEAD_loss,
    /// validation_HEAD_METRIC..`. A cell is empty where there is no number; metrics that are tables are left out.
    ///
    /// # Errors
    ///
    /// Those of the writer.
    pub fn write_csv(&self, writer: impl Write) -> io::Result<()> {
        let mut writer = csv::Writer::from_writer(writer);
        let Some(first) = self.epochs.first() else {
            return writer.flush();
        };
        let titles = ["epoch", "learning_rate", "seconds", "loss"].into_iter().map(String::from);
        let heads = first.heads.iter().map(|row| std::format!("{}_loss", row.head));
        let validation = first.validation.iter().flat_map(validation_cells).map(|(title, _)| title);
        writer.write_record(titles.chain(heads).chain(validation))?;
        for epoch in &self.epochs {
            let start = [epoch.number.to_string(), epoch.learning_rate.to_string(), epoch.duration.as_secs_f64().to_string(), csv_number(epoch.loss)];
            let heads = epoch.heads.iter().map(|row| csv_number(row.loss));
            let validation = epoch.validation.iter().flat_map(validation_cells).map(|(_, value)| csv_number(value));
            writer.write_record(start.into_iter().chain(heads).chain(validation))?;
        }
        writer.flush()
    }

    /// As [`write_csv`](Self::write_csv), into a file.
    ///
    /// # Errors
    ///
    /// A file that cannot be written.
    pub fn save_csv(&self, path: impl AsRef<Path>) -> Result<(), FileError> {
        let path = path.as_ref();
        File::create(path).and_then(|file| self.write_csv(BufWriter::new(file))).map_err(FileError::of(path))
    }
}

/// Titles and numbers of a report.
fn validation_cells<R: Report>(report: &R) -> Vec<(String, f64)> {
    let mut cells = Vec::from([("validation_loss".to_string(), report.loss())]);
    for row in report.heads() {
        cells.push((std::format!("validation_{}_loss", row.head), row.loss));
        for (name, cell) in row.metrics {
            if let Cell::Number(value) = cell {
                cells.push((std::format!("validation_{}_{name}", row.head), value));
            }
        }
    }
    cells
}

fn csv_number(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

impl<M: Evaluate> Clone for History<M> {
    fn clone(&self) -> Self {
        Self { epochs: self.epochs.clone(), restored: self.restored, ending: self.ending.clone(), warnings: self.warnings.clone() }
    }
}

impl<M: Evaluate> Debug for History<M> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("History");
        fields.field("epochs", &self.epochs).field("restored", &self.restored);
        fields.field("ending", &self.ending).field("warnings", &self.warnings).finish()
    }
}

/// One line an epoch.
impl<M: Evaluate> Display for History<M> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        for (place, epoch) in self.epochs.iter().enumerate() {
            if place > 0 {
                writeln!(formatter)?;
            }
            write!(formatter, "{epoch}")?;
        }
        Ok(())
    }
}
