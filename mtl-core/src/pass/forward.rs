//! The forward pass of tiles: values, statistics, losses.

use core::ops::Range;

use super::batch::Batch;
use super::tile::{Tile, columns_of};
use super::work::{Memory, Work};
use crate::flat;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::model::Model;
use crate::model::sets::HeadSet;

impl<M: Model> Work<'_, M> {
    /// Goes forward through some stages of a loaded tile.
    pub(super) fn forward_tile<const COLUMNS: usize>(
        self,
        statistics: &M::Statistics,
        tile: &mut Tile<M, COLUMNS>,
        columns: usize,
        stages: Range<usize>,
    ) {
        struct Forward<'a, M: Model, const COLUMNS: usize> {
            work: Work<'a, M>,
            statistics: &'a M::Statistics,
            values: &'a mut M::Values<COLUMNS>,
            columns: usize,
            stages: Range<usize>,
        }
        impl<M: Model, const COLUMNS: usize> Kernel for Forward<'_, M, COLUMNS> {
            type Output = ();
            #[inline(always)]
            fn run<S: InstructionSet>(self) {
                let Work { model, pass, heads } = self.work;
                for stage in self.stages {
                    model.forward::<S, COLUMNS>(stage, pass, heads, self.statistics, self.values, self.columns);
                }
            }
        }
        dispatch(Forward { work: self, statistics, values: &mut tile.values, columns, stages });
    }

    /// Loads a batch into as many tiles as it takes and goes forward through all stages; leaves the batch's statistics.
    pub(super) fn forward_batch<B: Batch<M> + ?Sized, const COLUMNS: usize>(self, batch: &B, memory: &mut Memory<'_, M, COLUMNS>) {
        let Memory { tiles, statistics } = memory;
        let samples = batch.len();
        flat::set_zero(*statistics);
        for (number, tile) in tiles.iter_mut().enumerate() {
            self.load(batch, number * COLUMNS, tile);
        }
        for stage in 0..M::STAGES {
            for (number, tile) in tiles.iter_mut().enumerate() {
                let work = self.at_sample(number * COLUMNS);
                work.forward_tile(statistics, tile, columns_of::<COLUMNS>(samples, number), stage..stage + 1);
            }
            for (number, tile) in tiles.iter().enumerate() {
                M::observe(stage, &tile.values, columns_of::<COLUMNS>(samples, number), statistics);
            }
        }
    }
}

/// The losses of all tiles, and the gradients at the end of each flow.
pub(super) fn loss_batch<M: Model, const COLUMNS: usize>(
    heads: HeadSet,
    tiles: &mut [Tile<M, COLUMNS>],
    samples: usize,
    scales: &M::Losses,
    sums: &mut M::Losses,
) {
    for (number, tile) in tiles.iter_mut().enumerate() {
        loss_tile::<M, COLUMNS>(heads, tile, columns_of::<COLUMNS>(samples, number), scales, sums);
    }
}

/// The losses of a tile, and the gradients at the end of each flow.
pub(super) fn loss_tile<M: Model, const COLUMNS: usize>(
    heads: HeadSet,
    tile: &mut Tile<M, COLUMNS>,
    columns: usize,
    scales: &M::Losses,
    sums: &mut M::Losses,
) {
    struct Loss<'a, M: Model, const COLUMNS: usize> {
        heads: HeadSet,
        tile: &'a mut Tile<M, COLUMNS>,
        columns: usize,
        scales: &'a M::Losses,
        sums: &'a mut M::Losses,
    }
    impl<M: Model, const COLUMNS: usize> Kernel for Loss<'_, M, COLUMNS> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let Tile { values, gradients, targets, weights } = self.tile;
            M::loss::<S, COLUMNS>(self.heads, values, targets, &weights[..self.columns], self.columns, self.scales, gradients, self.sums);
        }
    }
    dispatch(Loss { heads, tile, columns, scales, sums });
}

/// As [`loss_tile`], of all heads as they are reported.
pub(super) fn measure_tile<M: Model, const COLUMNS: usize>(tile: &mut Tile<M, COLUMNS>, columns: usize, sums: &mut M::Losses) {
    struct Measure<'a, M: Model, const COLUMNS: usize> {
        tile: &'a mut Tile<M, COLUMNS>,
        columns: usize,
        sums: &'a mut M::Losses,
    }
    impl<M: Model, const COLUMNS: usize> Kernel for Measure<'_, M, COLUMNS> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let Tile { values, gradients, targets, weights } = self.tile;
            M::measure::<S, COLUMNS>(values, targets, &weights[..self.columns], self.columns, gradients, self.sums);
        }
    }
    dispatch(Measure { tile, columns, sums });
}
