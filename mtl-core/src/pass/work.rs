//! What a pass does, and the memory that it does it in.

use super::tile::Tile;
use crate::layer::context::Pass;
use crate::model::Model;
use crate::model::sets::HeadSet;

/// What a pass does: takes samples through a model, for some heads.
#[derive(Clone, Copy)]
pub(crate) struct Work<'a, M: Model> {
    pub(crate) model: &'a M,
    pub(crate) pass: Pass,
    /// The heads of the forward pass.
    pub(crate) heads: HeadSet,
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

/// The memory of a pass, beside the model and its gradients.
pub(crate) struct Memory<'a, M: Model, const COLUMNS: usize> {
    pub(crate) tiles: &'a mut [Tile<M, COLUMNS>],
    /// Those of the batch, once the pass is over.
    pub(crate) statistics: &'a mut M::Statistics,
}
