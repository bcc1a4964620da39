//! Learning one task from given starting parameters.

use std::boxed::Box;

use super::{MetaError, Row, Slots, first_not_finite, labelled, slots, step};
use crate::flat::{self, Flat};
use crate::kernel::scalar::Scalar;
use crate::layer::context::Pass;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::optimizer::Optimizer;
use crate::pass::{self, TILE, Tile};
use crate::setting::{InvalidSetting, require_some};

/// A few steps of an optimizer on one task, from given starting parameters; its memory is allocated once.
///
/// The rows of a task are taken in batches in their order, from the beginning again after the last. Every task begins
/// with an optimizer that remembers nothing.
pub struct InnerLoop<M: Model, O> {
    optimizer: O,
    steps: usize,
    batch_size: usize,
    adapted: Box<M>,
    gradient: Box<M>,
    /// Those with a label in the rows at hand.
    heads: HeadSet,
    statistics: Box<M::Statistics>,
    tiles: Box<[Tile<M, TILE>]>,
    slots: Slots<M>,
}

impl<M: Model, O: Optimizer<M::Scalar>> InnerLoop<M, O> {
    /// `steps` steps on batches of up to `batch_size` rows, at least one of each.
    #[must_use]
    pub fn new(optimizer: O, steps: usize, batch_size: usize) -> Self {
        let slots = slots::<M, O>(&optimizer);
        Self {
            optimizer,
            steps,
            batch_size,
            adapted: flat::zeroed_box(),
            gradient: flat::zeroed_box(),
            heads: HeadSet::NONE,
            statistics: flat::zeroed_box(),
            tiles: flat::zeroed_slice(pass::tiles_needed::<M>(batch_size, TILE)),
            slots,
        }
    }

    /// Looks at the settings, before a task is learned.
    fn check(&self) -> Result<(), InvalidSetting> {
        self.optimizer.check()?;
        require_some("InnerLoop::new(steps)", self.steps)?;
        require_some("InnerLoop::new(batch_size)", self.batch_size)
    }

    /// Learns a task from `start`, which stays as it is; returns the adapted model.
    ///
    /// # Errors
    ///
    /// A setting that cannot be, a task without rows or without a label, or a loss or a parameter that is not finite.
    pub fn adapt(&mut self, start: &M, rows: &[Row<M>]) -> Result<&M, MetaError> {
        self.check()?;
        self.heads = labelled::<M>(rows)?;
        self.adapted.as_mut_slice().copy_from_slice(start.as_slice());
        self.slots.iter_mut().for_each(|slot| slot.fill(M::Scalar::ZERO));
        let batches = rows.chunks(self.batch_size).cycle();
        for (number, batch) in (1..=self.steps).zip(batches) {
            self.gradient(batch, number)?;
            step(&self.optimizer, number, self.heads, &mut *self.adapted, &mut *self.gradient, &mut self.slots)?;
            self.adapted.update_statistics(self.heads, &self.statistics);
        }
        if let Some(parameter) = first_not_finite(&*self.adapted) {
            return Err(MetaError::NonFiniteParameter { parameter, step: self.steps });
        }
        Ok(&self.adapted)
    }

    /// The gradient of the combined loss at the adapted parameters, over rows that were not learned from, and the heads with a label in them:
    /// what first-order MAML moves by.
    pub(super) fn query_gradient(&mut self, rows: &[Row<M>]) -> Result<(HeadSet, &M), MetaError> {
        self.heads = labelled::<M>(rows)?;
        let needed = pass::tiles_needed::<M>(rows.len(), TILE);
        if self.tiles.len() < needed {
            self.tiles = flat::zeroed_slice(needed);
        }
        self.gradient(rows, self.steps + 1)?;
        Ok((self.heads, &self.gradient))
    }

    /// The gradient at the adapted parameters, left in `self.gradient`.
    fn gradient(&mut self, batch: &[Row<M>], step: usize) -> Result<(), MetaError> {
        let training = Pass::train(step as u64);
        let weights = M::loss_weights();
        let losses = pass::value_and_gradient(
            pass::Work { model: &*self.adapted, pass: training, heads: self.heads },
            batch,
            &weights,
            pass::Memory { tiles: &mut self.tiles, statistics: &mut self.statistics },
            &mut self.gradient,
        )?;
        let loss: f64 = losses.as_slice().iter().zip(weights.as_slice()).map(|(loss, weight)| loss.to_f64() * weight.to_f64()).sum();
        if loss.is_finite() { Ok(()) } else { Err(MetaError::NonFiniteLoss { loss, step }) }
    }
}
