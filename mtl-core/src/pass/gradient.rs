//! The losses of a batch and their gradients.

use super::batch::{Batch, check, means, scales};
use super::error::PassError;
use super::forward::{loss_batch, loss_tile};
use super::tile::tiles_needed;
use super::work::{Memory, Work};
use crate::flat;
use crate::model::Model;
use crate::model::sets::HeadSet;

/// The mean loss of each head over a batch, and the gradient of `Σ weightₕ · lossₕ` plus penalties over the parameters, for the heads of `work`.
///
/// `gradient` is overwritten; `statistics` is left with those of the batch, for [`Model::update_statistics`] of the same heads.
///
/// # Errors
///
/// See [`PassError`].
pub fn value_and_gradient<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    work: Work<'_, M>,
    batch: &B,
    weights: &M::Losses,
    memory: Memory<'_, M, COLUMNS>,
    gradient: &mut M,
) -> Result<M::Losses, PassError> {
    let losses = work.fresh(gradient).backward_sets(batch, &[work.heads], weights, memory, core::slice::from_mut(gradient))?;
    work.model.penalty(Some(gradient));
    Ok(losses)
}

/// As [`value_and_gradient`], with weights that are chosen when the losses are known: `weigh` is told the losses and writes the weights.
///
/// Takes `batch.len().div_ceil(COLUMNS)` tiles whatever the model: all values stay in memory between the forward and the backward pass,
/// which costs less than going forward twice.
///
/// # Errors
///
/// See [`PassError`], and those of `weigh`.
pub fn value_and_weighted_gradient<M: Model, B: Batch<M> + ?Sized, E: From<PassError>, const COLUMNS: usize>(
    work: Work<'_, M>,
    batch: &B,
    weigh: impl FnOnce(&M::Losses, &mut M::Losses) -> Result<(), E>,
    memory: Memory<'_, M, COLUMNS>,
    gradient: &mut M,
) -> Result<M::Losses, E> {
    let Memory { tiles, statistics } = memory;
    let heads = work.heads;
    let samples = check::<M, B>(batch, batch.len().div_ceil(COLUMNS), tiles.len())?;
    let tiles = &mut tiles[..samples.div_ceil(COLUMNS)];
    let mut sums: M::Losses = flat::zeroed();
    work.forward_batch(batch, &mut Memory { tiles, statistics });
    loss_batch(heads, tiles, samples, &flat::zeroed(), &mut sums);
    let losses = means::<M, B>(batch, sums);

    let mut weights: M::Losses = flat::zeroed();
    weigh(&losses, &mut weights)?;
    let work = work.fresh(gradient);
    loss_batch(heads, tiles, samples, &scales::<M, B>(batch, &weights), &mut sums);
    let mut statistics = *statistics;
    work.backward_batch(samples, tiles, &mut statistics, gradient);
    work.model.penalty(Some(gradient));
    Ok(losses)
}

/// The mean losses of a pass as [`value_and_gradient`] makes it, without going backward.
///
/// # Errors
///
/// See [`PassError`].
pub fn value<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    work: Work<'_, M>,
    batch: &B,
    memory: Memory<'_, M, COLUMNS>,
) -> Result<M::Losses, PassError> {
    let Memory { tiles, statistics } = memory;
    let needed = tiles_needed::<M>(batch.len(), COLUMNS);
    let samples = check::<M, B>(batch, needed, tiles.len())?;
    let heads = work.heads;
    let scales: M::Losses = flat::zeroed();
    let mut sums: M::Losses = flat::zeroed();
    if M::STAGES == 1 {
        flat::set_zero(statistics);
        let tile = &mut tiles[0];
        for first in (0..samples).step_by(COLUMNS) {
            let columns = work.load(batch, first, tile);
            work.at_sample(first).forward_tile(statistics, tile, columns, 0..1);
            loss_tile::<M, COLUMNS>(heads, tile, columns, &scales, &mut sums);
        }
    } else {
        let tiles = &mut tiles[..needed];
        work.forward_batch(batch, &mut Memory { tiles, statistics });
        loss_batch(heads, tiles, samples, &scales, &mut sums);
    }
    Ok(means::<M, B>(batch, sums))
}

/// As [`value_and_gradient`], with a gradient for each set of heads from one forward pass; penalties are left out.
///
/// The sets must be disjoint; nothing is done for one that is empty. The forward pass is for the heads of all sets, whatever `work` says. Adds to
/// `gradients`, one for each set: to the parameters that the set depends on alone. What task balancing starts from.
///
/// # Errors
///
/// See [`PassError`].
pub fn backward_heads<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    work: Work<'_, M>,
    batch: &B,
    sets: &[HeadSet],
    weights: &M::Losses,
    memory: Memory<'_, M, COLUMNS>,
    gradients: &mut [M],
) -> Result<M::Losses, PassError> {
    let every = HeadSet(sets.iter().fold(0, |all, set| all | set.0));
    work.for_heads(every).backward_sets(batch, sets, weights, memory, gradients)
}
