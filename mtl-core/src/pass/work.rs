//! What a pass does, and the memory that it does it in.

use core::fmt::{self, Debug, Formatter};

use super::batch::Batch;
use super::tile::{Tile, load};
use crate::layer::context::{Context, Pass};
use crate::model::Model;
use crate::model::sets::HeadSet;

/// What a pass does: takes samples through a model, for some heads.
#[derive(Clone, Copy, Debug)]
pub struct Work<'a, M: Model> {
    /// The model.
    pub model: &'a M,
    /// Whether it trains, and what its random numbers are drawn from.
    pub pass: Pass,
    /// The heads of the forward pass. What no head among them needs is not computed.
    pub heads: HeadSet,
}

impl<M: Model> Work<'_, M> {
    /// The work on the tile that begins with a sample of the batch.
    #[inline(always)]
    pub(super) const fn at_sample(self, first_sample: usize) -> Self {
        Self { pass: Pass { first_sample, ..self.pass }, ..self }
    }

    /// Loads up to `COLUMNS` samples from number `first` on; returns how many. Categories give way to the one for what is unknown as the pass says:
    /// drawn from key, sample and input, so that the backward pass and every number of threads see the same.
    pub(super) fn load<B: Batch<M> + ?Sized, const COLUMNS: usize>(self, batch: &B, first: usize, tile: &mut Tile<M, COLUMNS>) -> usize {
        let columns = load(batch, first, tile);
        if M::HAS_UNKNOWN && self.pass.training && self.pass.forgets > 0 {
            let pass = Pass { first_sample: first, ..self.pass };
            for column in 0..columns {
                // Nodes count from 0, inputs from the other end.
                let context = |input: usize| Context { pass, node: u32::MAX - u32::try_from(input).unwrap_or(u32::MAX) };
                M::forget(&mut tile.values, column, |input| context(input).random_bits(column, 0) < self.pass.forgets);
            }
        }
        columns
    }

    /// The same work, whose gradient is nobody's yet if `fresh` says so and it was not before.
    #[inline(always)]
    pub(super) const fn fresh_if(self, fresh: bool) -> Self {
        Self { pass: Pass { fresh: self.pass.fresh && fresh, ..self.pass }, ..self }
    }

    /// The same work for other heads.
    #[inline(always)]
    pub(super) const fn for_heads(self, heads: HeadSet) -> Self {
        Self { heads, ..self }
    }
}

/// The memory of a pass, beside the model and its gradients. It comes from the caller, who may have no allocator.
pub struct Memory<'a, M: Model, const COLUMNS: usize> {
    /// As many as [`tiles_needed`](super::tiles_needed) says.
    pub tiles: &'a mut [Tile<M, COLUMNS>],
    /// Those of the batch, once the pass is over.
    pub statistics: &'a mut M::Statistics,
}

impl<M: Model, const COLUMNS: usize> Debug for Memory<'_, M, COLUMNS> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Memory").field("tiles", &self.tiles.len()).finish_non_exhaustive()
    }
}
