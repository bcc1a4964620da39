//! What a training is about: rows, heads and batches, looked at before anything is changed.

use std::vec::Vec;

use super::error::TrainError;
use super::joining::Joining;
use super::{Trainer, Validation};
use crate::data::{Dataset, Rows, split_rows};
use crate::evaluate::Evaluate;
use crate::model::Model;
use crate::optimizer::Optimizer;
use crate::pass::Batch;

/// A part of a data set.
pub(super) struct Part<'d, M: Model> {
    dataset: &'d Dataset<M>,
    rows: Vec<usize>,
}

impl<M: Model> Part<'_, M> {
    pub(super) fn rows(&self) -> Rows<'_, M> {
        Rows::new(self.dataset, &self.rows)
    }
}

/// The data and the heads of a training.
pub(super) struct Plan<'d, M: Model> {
    /// The rows to train on.
    pub(super) order: Vec<usize>,
    /// What to validate on.
    pub(super) validation: Option<Part<'d, M>>,
    /// When each head joins, as the trainer is told.
    pub(super) wanted: Joining,
    /// When each head joins that has a label.
    pub(super) joining: Joining,
    /// How many samples an epoch has.
    pub(super) samples: usize,
    /// How many samples a step takes.
    pub(super) batch_size: usize,
}

impl<'a, M: Evaluate, O: Optimizer<M::Scalar>> Trainer<'a, M, O> {
    /// What this training is about, unless the data and the settings do not go together.
    pub(super) fn plan<'d>(&mut self, dataset: &'d Dataset<M>) -> Result<Plan<'d, M>, TrainError>
    where
        'a: 'd,
    {
        if dataset.is_empty() {
            return Err(TrainError::NoData);
        }
        let wanted = Joining::new::<M>(self.heads.as_deref(), &self.joining)?;
        let (order, validation) = self.rows(dataset)?;
        if dataset.weighs_nothing(&order) {
            return Err(TrainError::NoWeight { data: "training" });
        }
        if validation.as_ref().is_some_and(|part| part.dataset.weighs_nothing(&part.rows)) {
            return Err(TrainError::NoWeight { data: "validation" });
        }
        if validation.is_none() && (self.early_stopping.is_some() || self.best_weights.is_some()) {
            return Err(TrainError::NothingToMonitor);
        }
        let joining = wanted.labelled::<M>(&Rows::new(dataset, &order))?;
        let has_no_label = |rows: Rows<'_, M>| (0..M::HEADS.len()).all(|head| !joining.at(1).contains(head) || rows.labels(head) == 0);
        if validation.as_ref().is_some_and(|part| has_no_label(part.rows())) {
            return Err(TrainError::NoValidationLabels);
        }
        let (samples, batch_size) = match &mut self.sampler {
            Some(sampler) => (sampler.prepare(dataset, &order)?, sampler.batch_size().unwrap_or(self.batch_size)),
            None => (order.len(), self.batch_size),
        };
        Ok(Plan { order, validation, wanted, joining, samples, batch_size: batch_size.min(samples).max(1) })
    }

    /// The rows to train on, and what to validate on.
    fn rows<'d>(&self, dataset: &'d Dataset<M>) -> Result<(Vec<usize>, Option<Part<'d, M>>), TrainError>
    where
        'a: 'd,
    {
        let all = |dataset: &Dataset<M>| (0..dataset.len()).collect::<Vec<_>>();
        match self.validation {
            Validation::None => Ok((all(dataset), None)),
            Validation::Dataset(validation) if validation.is_empty() => Err(TrainError::NoValidationData),
            Validation::Dataset(validation) => Ok((all(dataset), Some(Part { dataset: validation, rows: all(validation) }))),
            Validation::Fraction(fraction) => {
                let strata = Vec::from([all(dataset)]);
                let (rows, train) = split_rows(strata, fraction, self.seed).map_err(TrainError::Validation)?;
                Ok((train, Some(Part { dataset, rows })))
            }
        }
    }
}
