//! What a pass does, and the memory that it does it in.

use core::fmt::{self, Debug, Formatter};

use super::tile::Tile;
use crate::layer::context::Pass;
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
