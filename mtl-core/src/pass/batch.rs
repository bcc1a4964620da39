//! Batches: samples with their targets, and what the losses of a batch are divided by.

use super::error::PassError;
use crate::flat::Flat;
use crate::kernel::scalar::Scalar;
use crate::model::record::Record;
use crate::model::{Model, check_inputs};

/// Samples with their targets, in the order in which a pass takes them.
pub trait Batch<M: Model> {
    /// How many samples.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// How many samples have a label for a head.
    fn labels(&self, head: usize) -> usize;
    /// Copies a sample into a column.
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize);
    /// Copies a sample's targets into a column.
    fn load_targets<const COLUMNS: usize>(&self, sample: usize, targets: &mut M::TargetColumns<COLUMNS>, column: usize);
    /// The weight of a sample in the losses.
    fn weight(&self, sample: usize) -> M::Scalar;
    /// Whether every sample is one that a model can be trained with. Data sets have no others.
    ///
    /// # Errors
    ///
    /// The first that is not.
    fn check(&self) -> Result<(), PassError> {
        Ok(())
    }
}

/// Typed rows as a batch; needs no allocator.
impl<M: Model> Batch<M> for [(M::Inputs, M::Targets)] {
    fn len(&self) -> usize {
        <[_]>::len(self)
    }
    fn labels(&self, head: usize) -> usize {
        if !M::HEADS[head].partial {
            return self.iter().len();
        }
        self.iter().filter(|(_, targets)| targets.real(head).is_some() || targets.class(head).is_some()).count()
    }
    #[inline(always)]
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize) {
        M::load_inputs(values, column, &self[sample].0);
    }
    #[inline(always)]
    fn load_targets<const COLUMNS: usize>(&self, sample: usize, targets: &mut M::TargetColumns<COLUMNS>, column: usize) {
        M::load_targets(targets, column, &self[sample].1);
    }
    #[inline(always)]
    fn weight(&self, _: usize) -> M::Scalar {
        M::Scalar::ONE
    }
    fn check(&self) -> Result<(), PassError> {
        for (sample, (inputs, targets)) in self.iter().enumerate() {
            check_inputs::<M>(inputs).map_err(|error| PassError::Input { sample, error })?;
            M::check_targets(targets).map_err(|(head, problem)| PassError::Target { sample, head: M::HEADS[head].name, problem })?;
        }
        Ok(())
    }
}

/// The number of samples, where there are some, all of them are valid, and tiles are enough.
pub(super) fn check<M: Model, B: Batch<M> + ?Sized>(batch: &B, needed: usize, available: usize) -> Result<usize, PassError> {
    if batch.is_empty() {
        return Err(PassError::EmptyBatch);
    }
    if available < needed {
        return Err(PassError::TooFewTiles { needed, available });
    }
    batch.check()?;
    Ok(batch.len())
}

/// `weightₕ / labelsₕ`: what a sample's loss counts in the combined loss; 0 for a head without labels.
pub(crate) fn scales<M: Model, B: Batch<M> + ?Sized>(batch: &B, weights: &M::Losses) -> M::Losses {
    let mut scales = *weights;
    for (head, scale) in scales.as_mut_slice().iter_mut().enumerate() {
        let labels = batch.labels(head);
        *scale = if labels == 0 { M::Scalar::ZERO } else { *scale / M::Scalar::from_f64(labels as f64) };
    }
    scales
}

/// Sums over the samples to means over those with a label.
pub(crate) fn means<M: Model, B: Batch<M> + ?Sized>(batch: &B, mut sums: M::Losses) -> M::Losses {
    for (head, sum) in sums.as_mut_slice().iter_mut().enumerate() {
        *sum /= M::Scalar::from_f64(batch.labels(head).max(1) as f64);
    }
    sums
}
