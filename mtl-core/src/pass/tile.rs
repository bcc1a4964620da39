//! Tiles: the memory of a pass for a fixed number of samples.

use super::batch::Batch;
use crate::model::Model;

/// The number of samples in a tile where nothing else is said.
pub const TILE: usize = 32;

/// The memory for `COLUMNS` samples of a model: values, their gradients, targets and sample weights.
///
/// `static mut TILE: Tile<Patient, 4> = flat::zeroed()` is a workspace without an allocator.
///
/// It begins at a cache line: kernels read a column of a tile with whole vector registers.
#[derive(Debug)]
#[repr(align(64))]
pub struct Tile<M: Model, const COLUMNS: usize = TILE> {
    pub(super) values: M::Values<COLUMNS>,
    pub(super) gradients: M::ValueGradients<COLUMNS>,
    pub(super) targets: M::TargetColumns<COLUMNS>,
    pub(super) weights: [M::Scalar; COLUMNS],
}

crate::flat::own_zeroable!([M: Model, const COLUMNS: usize] Tile<M, COLUMNS> as Tile {
    values: M::Values<COLUMNS>,
    gradients: M::ValueGradients<COLUMNS>,
    targets: M::TargetColumns<COLUMNS>,
    weights: [M::Scalar; COLUMNS],
});

impl<M: Model, const COLUMNS: usize> Tile<M, COLUMNS> {
    /// Its size in bytes: the memory that training works in beside parameters and gradient.
    pub const BYTES: usize = core::mem::size_of::<Self>();

    /// The values, for what computes them in another way.
    #[cfg(feature = "std")]
    pub(crate) fn values_mut(&mut self) -> &mut M::Values<COLUMNS> {
        &mut self.values
    }
}

/// How many tiles of `columns` samples a pass over `samples` needs at once.
#[must_use]
pub fn tiles_needed<M: Model>(samples: usize, columns: usize) -> usize {
    if M::STAGES == 1 { 1 } else { samples.div_ceil(columns.max(1)).max(1) }
}

/// How many of `samples` samples are in a tile, by its number.
pub(super) fn columns_of<const COLUMNS: usize>(samples: usize, tile: usize) -> usize {
    COLUMNS.min(samples - tile * COLUMNS)
}

/// Loads up to `COLUMNS` samples from number `first` on; returns how many.
pub(super) fn load<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(batch: &B, first: usize, tile: &mut Tile<M, COLUMNS>) -> usize {
    const { assert!(COLUMNS > 0, "a tile has one column at least") };
    let columns = COLUMNS.min(batch.len() - first);
    for column in 0..columns {
        batch.load_inputs(first + column, &mut tile.values, column);
        batch.load_targets(first + column, &mut tile.targets, column);
        tile.weights[column] = batch.weight(first + column);
    }
    columns
}
