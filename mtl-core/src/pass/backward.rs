//! The backward pass of tiles: from the gradients at the end of each flow to those of the parameters.

use super::batch::{Batch, check, means, scales};
use super::error::PassError;
use super::forward::{loss_batch, loss_tile};
use super::tile::{Tile, columns_of, tiles_needed};
use super::work::{Memory, Work};
use crate::flat;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::layer::context::Pass;
use crate::model::Model;
use crate::model::sets::HeadSet;

impl<M: Model> Work<'_, M> {
    /// The work on the first tile of a batch: it overwrites `gradient` where it writes all of it; else this is set to zero.
    pub(super) fn fresh(self, gradient: &mut M) -> Self {
        let fresh = M::STAGES == 1 && self.heads.covers(M::HEADS.len()) && self.pass.frozen.is_empty();
        if !fresh {
            flat::set_zero(gradient);
        }
        Self { pass: Pass { fresh, ..self.pass }, ..self }
    }

    /// Goes backward through a stage of a tile.
    fn backward_tile<const COLUMNS: usize>(
        self,
        stage: usize,
        statistics: &mut M::Statistics,
        tile: &mut Tile<M, COLUMNS>,
        columns: usize,
        gradient: &mut M,
    ) {
        struct Backward<'a, M: Model, const COLUMNS: usize> {
            work: Work<'a, M>,
            stage: usize,
            statistics: &'a mut M::Statistics,
            tile: &'a mut Tile<M, COLUMNS>,
            columns: usize,
            gradient: &'a mut M,
        }
        impl<M: Model, const COLUMNS: usize> Kernel for Backward<'_, M, COLUMNS> {
            type Output = ();
            #[inline(always)]
            fn run<S: InstructionSet>(self) {
                let Work { model, pass, heads } = self.work;
                let Tile { values, gradients, .. } = self.tile;
                model.backward::<S, COLUMNS>(self.stage, pass, heads, self.statistics, values, gradients, self.columns, self.gradient);
            }
        }
        dispatch(Backward { work: self, stage, statistics, tile, columns, gradient });
    }

    /// Goes backward through all stages of all tiles; `statistics` are those of the batch, and are room to work in.
    pub(super) fn backward_batch<const COLUMNS: usize>(
        self,
        samples: usize,
        tiles: &mut [Tile<M, COLUMNS>],
        statistics: &mut M::Statistics,
        gradient: &mut M,
    ) {
        for stage in (0..M::STAGES).rev() {
            for (number, tile) in tiles.iter_mut().enumerate() {
                let work = self.at_sample(number * COLUMNS).fresh_if(number == 0);
                work.backward_tile(stage, statistics, tile, columns_of::<COLUMNS>(samples, number), gradient);
            }
        }
    }

    /// A gradient for each set of heads, after a forward pass for the heads of the work: of heads without a label the batch normalisations still
    /// see the batch. See [`backward_heads`](super::backward_heads).
    pub(crate) fn backward_sets<B: Batch<M> + ?Sized, const COLUMNS: usize>(
        self,
        batch: &B,
        sets: &[HeadSet],
        weights: &M::Losses,
        memory: Memory<'_, M, COLUMNS>,
        gradients: &mut [M],
    ) -> Result<M::Losses, PassError> {
        let Memory { tiles, statistics } = memory;
        let needed = tiles_needed::<M>(batch.len(), COLUMNS);
        let samples = check::<M, B>(batch, needed, tiles.len())?;
        if sets.len() != gradients.len() {
            return Err(PassError::Gradients { sets: sets.len(), gradients: gradients.len() });
        }
        let scales = scales::<M, B>(batch, weights);
        let mut sums: M::Losses = flat::zeroed();

        // With several gradients and all tiles in memory, head after head: one gradient stays in the cache for all tiles.
        let all = samples.div_ceil(COLUMNS);
        if M::STAGES == 1 && (sets.len() == 1 || tiles.len() < all) {
            flat::set_zero(statistics);
            let tile = &mut tiles[0];
            for first in (0..samples).step_by(COLUMNS) {
                let work = self.at_sample(first).fresh_if(first == 0);
                let columns = self.load(batch, first, tile);
                work.forward_tile(statistics, tile, columns, 0..1);
                for (&heads, gradient) in sets.iter().zip(gradients.iter_mut()).filter(|(heads, _)| !heads.is_empty()) {
                    loss_tile::<M, COLUMNS>(heads, tile, columns, &scales, &mut sums);
                    work.for_heads(heads).backward_tile(0, statistics, tile, columns, gradient);
                }
            }
        } else {
            let tiles = &mut tiles[..all];
            self.forward_batch(batch, &mut Memory { tiles, statistics });
            for (&heads, gradient) in sets.iter().zip(gradients.iter_mut()).filter(|(heads, _)| !heads.is_empty()) {
                let mut statistics = *statistics;
                loss_batch(heads, tiles, samples, &scales, &mut sums);
                self.for_heads(heads).backward_batch(samples, tiles, &mut statistics, gradient);
            }
        }
        Ok(means::<M, B>(batch, sums))
    }

    /// The part of [`value_and_gradient`](super::value_and_gradient) of some of the samples, of a model with one stage: overwrites `gradient` and
    /// adds to `sums`, each head's losses summed over the samples. The range begins at a whole tile; the memory has one.
    #[cfg(feature = "std")]
    pub(crate) fn backward_range<B: Batch<M> + ?Sized, const COLUMNS: usize>(
        self,
        batch: &B,
        samples: core::ops::Range<usize>,
        scales: &M::Losses,
        memory: Memory<'_, M, COLUMNS>,
        gradient: &mut M,
        sums: &mut M::Losses,
    ) {
        let Memory { tiles, statistics } = memory;
        let tile = &mut tiles[0];
        flat::set_zero(statistics);
        let start = samples.start;
        let whole = self.fresh(gradient);
        for first in samples.step_by(COLUMNS) {
            let work = whole.at_sample(first).fresh_if(first == start);
            let columns = self.load(batch, first, tile);
            work.forward_tile(statistics, tile, columns, 0..1);
            loss_tile::<M, COLUMNS>(self.heads, tile, columns, scales, sums);
            work.backward_tile(0, statistics, tile, columns, gradient);
        }
    }
}
