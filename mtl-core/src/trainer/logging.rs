//! What a training tells its logs.

use std::borrow::Cow;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::callback::Step;
use super::error::TrainError;
use super::history::Epoch;
use super::run::Run;
use crate::error::FileError;
use crate::evaluate::Evaluate;
use crate::flat::Flat;
use crate::kernel::scalar::Scalar;
use crate::log::{Log, Matrix, Record, Start, StepRecord, Value};
use crate::optimizer::Optimizer;
use crate::report::{Cell, Report};
use crate::summary;

impl<M: Evaluate, O: Optimizer<M::Scalar>> Run<'_, '_, M, O> {
    /// Opens the logs.
    pub(super) fn begin_logs(&mut self) -> Result<(), TrainError> {
        if self.logs.is_empty() {
            return Ok(());
        }
        let summary = Summary::<M>(core::marker::PhantomData).to_string();
        let heads: Vec<&'static str> = M::HEADS.iter().map(|head| head.name).collect();
        let start = Start { model: M::NAME, summary: &summary, heads: &heads, epochs: self.epochs, steps_per_epoch: self.steps_per_epoch };
        Ok(self.logs.iter_mut().try_for_each(|log| log.begin(&start))?)
    }

    /// Writes the last epoch of the history.
    pub(super) fn log_epoch(&mut self) -> Result<(), TrainError> {
        let Some(epoch) = self.session.history.last().filter(|_| !self.logs.is_empty()) else { return Ok(()) };
        let (train, validation, matrices) = values(epoch);
        let record = Record {
            epoch: epoch.number,
            step: self.session.training.optimizer.step,
            seconds: epoch.duration.as_secs_f64(),
            train: &train,
            validation: &validation,
            matrices: &matrices,
        };
        Ok(self.logs.iter_mut().try_for_each(|log| log.epoch(&record))?)
    }
}

/// Writes a step.
pub(super) fn log_step<M: Evaluate>(log: &mut dyn Log, step: &Step<'_, M>) -> Result<(), FileError> {
    let losses = M::HEADS.iter().zip(step.losses.as_slice());
    let losses: Vec<_> = losses.map(|(head, loss)| Value { head: Some(head.name), name: "loss".into(), value: loss.to_f64() }).collect();
    log.step(&StepRecord { epoch: step.epoch, step: step.number, learning_rate: step.learning_rate, losses: &losses })
}

fn of_all(name: impl Into<Cow<'static, str>>, value: f64) -> Value {
    Value { head: None, name: name.into(), value }
}

fn of_head(head: &'static str, name: &'static str, value: f64) -> Value {
    Value { head: Some(head), name: name.into(), value }
}

/// The numbers of an epoch in training and in validation, and the matrices of the validation.
fn values<M: Evaluate>(epoch: &Epoch<M>) -> (Vec<Value>, Vec<Value>, Vec<Matrix>) {
    let mut train = Vec::from([of_all("learning_rate", epoch.learning_rate), of_all("loss", epoch.loss)]);
    for row in &epoch.heads {
        train.extend([of_head(row.head, "loss", row.loss), of_head(row.head, "weight", row.weight)]);
    }
    if let Some(gradients) = &epoch.gradients {
        let norms = epoch.heads.iter().zip(&gradients.norms);
        train.extend(norms.map(|(row, &norm)| of_head(row.head, "gradient_norm", norm)));
        let cosines = gradients.cosines.iter();
        train.extend(cosines.map(|pair| of_all(format!("cosine_{}_{}_{}", pair.left, pair.right, pair.block), pair.cosine)));
    }
    let (mut validation, mut matrices) = (Vec::new(), Vec::new());
    if let Some(report) = &epoch.validation {
        validation.push(of_all("loss", report.loss()));
        for row in report.heads() {
            validation.push(of_head(row.head, "loss", row.loss));
            for (name, cell) in row.metrics {
                match cell {
                    Cell::Number(value) => validation.push(of_head(row.head, name, value)),
                    Cell::Matrix(matrix) => matrices.push(Matrix { head: row.head, name, matrix }),
                }
            }
        }
    }
    (train, validation, matrices)
}

struct Summary<M>(core::marker::PhantomData<M>);

impl<M: Evaluate> core::fmt::Display for Summary<M> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        summary::write::<M>(formatter)
    }
}

impl Value {
    /// `loss`, `digit_loss`.
    pub(crate) fn title(&self) -> String {
        self.head.map_or_else(|| self.name.to_string(), |head| format!("{head}_{}", self.name))
    }
}
