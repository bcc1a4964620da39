//! Early stopping, and keeping the best parameters.

use core::fmt::{self, Debug, Formatter};
use std::boxed::Box;

use super::ending::{Likeness, Restored};
use super::error::TrainError;
use crate::flat;
use crate::model::Model;
use crate::report::Report;
use crate::setting::{InvalidSetting, require};

/// Ends training when a quantity of the validation report no longer improves; as Keras's `EarlyStopping`.
///
/// ```
/// # use mtl_core::trainer::EarlyStopping;
/// # struct PatientLimitedReport { auc: f64 }
/// # struct PatientReport { limited: PatientLimitedReport }
/// # let stopping =
/// EarlyStopping::new(|report: &PatientReport| report.limited.auc).maximize().patience(10).restore_best(true)
/// # ;
/// ```
///
/// | hyperparameter | default |
/// |---|---|
/// | quantity | the combined loss, to be minimised |
/// | `patience`: how many epochs without an improvement end training (0 as 1) | 0 |
/// | `min_delta`: the least that counts as an improvement | 0 |
/// | `start_from_epoch`: how many epochs are passed over before | 0 |
/// | `restore_best`: gives the model the parameters of the best epoch at the end, however training ended | false |
///
/// The first number that the quantity is, be it infinite, is the best so far. NaN is never an improvement, and an error where there was no
/// number before it: the quantity is not defined on the validation data, as that of a head without a label in them.
///
/// When a head [joins](super::Trainer::head_from), losses and metrics from before it cannot be compared with those after it: monitoring
/// starts anew, and the best epoch is one that trains all heads of its time. Training does not end as long as a head is still to join.
pub struct EarlyStopping<R> {
    monitor: Monitor<R>,
    patience: usize,
    start_from_epoch: usize,
    restore_best: bool,
}

impl<R> EarlyStopping<R> {
    /// By a quantity that is to be small.
    #[must_use]
    pub fn new(quantity: impl Fn(&R) -> f64 + Send + Sync + 'static) -> Self {
        Self { monitor: Monitor::new(quantity), patience: 0, start_from_epoch: 0, restore_best: false }
    }

    /// The quantity is to be large.
    #[must_use]
    pub fn maximize(mut self) -> Self {
        self.monitor.maximize = true;
        self
    }

    /// How many epochs without an improvement end training.
    #[must_use]
    pub fn patience(self, epochs: usize) -> Self {
        Self { patience: epochs, ..self }
    }

    /// The least that counts as an improvement: finite and at least 0.
    #[must_use]
    pub fn min_delta(mut self, min_delta: f64) -> Self {
        self.monitor.min_delta = min_delta;
        self
    }

    /// The least improvement that counts is one.
    pub(super) fn check(&self) -> Result<(), InvalidSetting> {
        let min_delta = self.monitor.min_delta;
        require("EarlyStopping::min_delta", min_delta, min_delta >= 0.0, "be finite and at least 0")
    }

    /// Passes over so many epochs at the beginning.
    #[must_use]
    pub fn start_from_epoch(self, epochs: usize) -> Self {
        Self { start_from_epoch: epochs, ..self }
    }

    /// Gives the model the parameters of the best epoch at the end.
    #[must_use]
    pub fn restore_best(self, restore_best: bool) -> Self {
        Self { restore_best, ..self }
    }
}

/// By the combined loss.
impl<R: Report + 'static> Default for EarlyStopping<R> {
    fn default() -> Self {
        Self::new(Report::loss)
    }
}

impl<R> Debug for EarlyStopping<R> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let mut fields = formatter.debug_struct("EarlyStopping");
        fields.field("monitor", &self.monitor).field("patience", &self.patience);
        fields.field("start_from_epoch", &self.start_from_epoch).field("restore_best", &self.restore_best).finish()
    }
}

/// Gives the model the parameters of the best epoch at the end, by a quantity of the validation report, however training ended: by its last
/// epoch, by a callback, by an error or by a panic.
///
/// By default the combined loss, to be minimised. What is the best is decided as by [`EarlyStopping`].
pub struct BestWeights<R> {
    monitor: Monitor<R>,
}

impl<R> BestWeights<R> {
    /// By a quantity that is to be small.
    #[must_use]
    pub fn new(quantity: impl Fn(&R) -> f64 + Send + Sync + 'static) -> Self {
        Self { monitor: Monitor::new(quantity) }
    }

    /// The quantity is to be large.
    #[must_use]
    pub fn maximize(mut self) -> Self {
        self.monitor.maximize = true;
        self
    }
}

/// By the combined loss.
impl<R: Report + 'static> Default for BestWeights<R> {
    fn default() -> Self {
        Self::new(Report::loss)
    }
}

impl<R> Debug for BestWeights<R> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("BestWeights").field("monitor", &self.monitor).finish()
    }
}

/// A quantity and when it is better.
struct Monitor<R> {
    quantity: Box<dyn Fn(&R) -> f64 + Send + Sync>,
    maximize: bool,
    min_delta: f64,
}

impl<R> Monitor<R> {
    fn new(quantity: impl Fn(&R) -> f64 + Send + Sync + 'static) -> Self {
        Self { quantity: Box::new(quantity), maximize: false, min_delta: 0.0 }
    }

    /// Whether `value` is better than `best`.
    fn improves(&self, value: f64, best: f64) -> bool {
        if self.maximize { value - self.min_delta > best } else { value + self.min_delta < best }
    }
}

impl<R> Debug for Monitor<R> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Monitor").field("maximize", &self.maximize).field("min_delta", &self.min_delta).finish_non_exhaustive()
    }
}

/// Whether to train on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Continue,
    Stop,
}

/// Early stopping or best weights at work in one training.
pub(super) struct Watch<'a, M: Model, R> {
    /// What errors call it.
    name: &'static str,
    monitor: &'a Monitor<R>,
    patience: Option<usize>,
    start_from_epoch: usize,
    keep: bool,
    /// The best value since monitoring started; NaN before there is one.
    pub(super) best: f64,
    pub(super) waited: usize,
    /// Which number of the report the quantity is.
    likeness: Likeness,
    /// The best parameters and the number of their epoch.
    pub(super) kept: Option<(Box<M>, usize)>,
}

impl<'a, M: Model, R: Report> Watch<'a, M, R> {
    pub(super) fn early_stopping(stopping: &'a EarlyStopping<R>) -> Self {
        let EarlyStopping { monitor, patience, start_from_epoch, restore_best } = stopping;
        Self::new("early stopping", monitor, Some(*patience), *start_from_epoch, *restore_best)
    }

    pub(super) fn best_weights(best: &'a BestWeights<R>) -> Self {
        Self::new("best weights", &best.monitor, None, 0, true)
    }

    fn new(name: &'static str, monitor: &'a Monitor<R>, patience: Option<usize>, start_from_epoch: usize, keep: bool) -> Self {
        Self { name, monitor, patience, start_from_epoch, keep, best: f64::NAN, waited: 0, likeness: Likeness::default(), kept: None }
    }

    /// Values from here on are not compared with those before. Parameters are kept until there are better ones: those of the next value.
    pub(super) const fn start_anew(&mut self) {
        self.best = f64::NAN;
        self.waited = 0;
    }

    /// # Errors
    ///
    /// A value that is NaN where there was no number before it.
    pub(super) fn observe(&mut self, epoch: usize, report: &R, model: &M) -> Result<Verdict, TrainError> {
        if epoch <= self.start_from_epoch {
            return Ok(Verdict::Continue);
        }
        let value = (self.monitor.quantity)(report);
        self.likeness.observe(report, value);
        let is_first = self.best.is_nan();
        if is_first && value.is_nan() {
            return Err(TrainError::UndefinedMonitor { monitor: self.name, epoch });
        }
        if is_first || self.monitor.improves(value, self.best) {
            self.best = value;
            self.waited = 0;
            if self.keep {
                let (kept, number) = self.kept.get_or_insert_with(|| (flat::zeroed_box(), epoch));
                kept.as_mut_slice().copy_from_slice(model.as_slice());
                *number = epoch;
            }
            return Ok(Verdict::Continue);
        }
        self.waited += 1;
        match self.patience {
            Some(patience) if self.waited >= patience => Ok(Verdict::Stop),
            Some(_) | None => Ok(Verdict::Continue),
        }
    }

    /// Gives the model the best parameters, and says which; `last` is a report of this training.
    pub(super) fn restore(&self, model: &mut M, last: Option<&R>) -> Option<Restored> {
        let (kept, epoch) = self.kept.as_ref()?;
        model.as_mut_slice().copy_from_slice(kept.as_slice());
        Some(Restored { epoch: *epoch, quantity: last.and_then(|report| self.likeness.name(report)), value: self.best })
    }
}
