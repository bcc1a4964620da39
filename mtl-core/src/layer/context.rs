//! What a layer is told beside the data: the pass, and where it stands in the model.

use crate::model::sets::BlockSet;

/// What a pass knows beside the data: whether it trains, and where its random numbers come from.
///
/// Random numbers are a hash of a key, the layer and the place of the value in the batch: the same seed gives
/// the same bits however the batch is cut into tiles or spread over threads, and the backward pass can draw them again.
#[derive(Clone, Copy, Debug)]
pub struct Pass {
    /// Training: dropout and noise are on, batch statistics are used.
    pub training: bool,
    /// The random key of this step.
    pub key: u64,
    /// The number in the batch of the first sample of this tile.
    pub first_sample: usize,
    /// The blocks that are not trained: they get no gradient, nothing below the lowest block that is trained runs backward, and their batch
    /// normalisations go by their moving statistics.
    pub frozen: BlockSet,
    /// The gradient of the parameters is nobody's yet: a backward pass overwrites it in place of adding to it, which saves setting it
    /// to zero. Only for all heads, with no block frozen, of a model with one stage. [`pass`](crate::pass) says it of the first tile of a batch.
    pub fresh: bool,
    /// How often a category gives way to the one for what is unknown, in parts of 2³²: 0 is never.
    pub forgets: u32,
}

impl Pass {
    /// Predicting: dropout and noise are off, moving statistics are used.
    pub const PREDICT: Self = Self { training: false, key: 0, first_sample: 0, frozen: BlockSet::NONE, fresh: false, forgets: 0 };

    /// Training with a random key.
    #[must_use]
    pub const fn train(key: u64) -> Self {
        Self { training: true, key, ..Self::PREDICT }
    }

    /// The pass as a layer sees it that has added to its gradient before, or whose gradient was set to zero.
    #[inline(always)]
    #[must_use]
    pub const fn adding(self) -> Self {
        Self { fresh: false, ..self }
    }

    /// The pass as the layers of a block see it: of the frozen blocks, their own at most.
    #[inline(always)]
    #[must_use]
    pub const fn of_block(self, block: BlockSet) -> Self {
        Self { frozen: BlockSet(self.frozen.0 & block.0), ..self }
    }

    /// Whether the batch normalisations of a block go by the statistics of the batch.
    #[inline(always)]
    #[must_use]
    pub const fn observes(self, block: BlockSet) -> bool {
        self.training && !self.frozen.covers(block)
    }
}

/// Where a layer stands: its pass and its own number in the model.
#[derive(Clone, Copy, Debug)]
pub struct Context {
    /// The pass.
    pub pass: Pass,
    /// The number of this use of the layer in the model, for its random numbers.
    pub node: u32,
}

impl Context {
    /// Whether the layer's block is frozen, so that nobody looks at the gradient of its parameters.
    #[inline(always)]
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        !self.pass.frozen.is_empty()
    }

    /// 32 random bits for a value of this layer: a hash of key, node, sample and row that vectorises
    /// (the finaliser of MurmurHash3 over a Weyl-like combination).
    #[inline(always)]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, reason = "a hash")]
    pub fn random_bits(&self, column: usize, row: usize) -> u32 {
        let sample = (self.pass.first_sample + column) as u32;
        let mut h = (self.pass.key as u32) ^ self.node.wrapping_mul(0x9E37_79B9) ^ sample.wrapping_mul(0x85EB_CA6B);
        h = h.wrapping_add((row as u32).wrapping_mul(0xC2B2_AE35)).wrapping_add((self.pass.key >> 32) as u32);
        h ^= h >> 16;
        h = h.wrapping_mul(0x7FEB_352D);
        h ^= h >> 15;
        h = h.wrapping_mul(0x846C_A68B);
        h ^ (h >> 16)
    }
}
