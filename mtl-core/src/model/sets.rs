//! Sets of heads and of blocks, by their numbers.

/// A set of heads, by their number in the order of declaration. A model has 64 heads at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HeadSet(pub u64);

impl HeadSet {
    /// No head.
    pub const NONE: Self = Self(0);
    /// Every head.
    pub const ALL: Self = Self(u64::MAX);

    /// One head.
    #[inline(always)]
    #[must_use]
    pub const fn only(head: usize) -> Self {
        Self(1 << head)
    }

    /// Whether the head is in the set.
    #[inline(always)]
    #[must_use]
    pub const fn contains(self, head: usize) -> bool {
        self.0 >> head & 1 == 1
    }

    /// Whether the sets have a head in common.
    #[inline(always)]
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether the first `heads` heads are all in the set.
    #[inline(always)]
    #[must_use]
    pub const fn covers(self, heads: usize) -> bool {
        self.0.trailing_ones() as usize >= heads
    }

    /// How many heads are in the set.
    #[must_use]
    pub const fn len(self) -> usize {
        self.0.count_ones() as usize
    }

    /// Whether no head is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

/// Heads by their numbers.
impl FromIterator<usize> for HeadSet {
    fn from_iter<I: IntoIterator<Item = usize>>(heads: I) -> Self {
        heads.into_iter().fold(Self::NONE, |set, head| Self(set.0 | Self::only(head).0))
    }
}

/// A set of blocks, by their number in [`Model::BLOCKS`](super::Model::BLOCKS). Blocks beyond the 128th are in no set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct BlockSet(pub u128);

impl BlockSet {
    /// No block.
    pub const NONE: Self = Self(0);

    /// One block.
    #[inline(always)]
    #[must_use]
    pub const fn only(block: usize) -> Self {
        if block < 128 { Self(1 << block) } else { Self::NONE }
    }

    /// Both sets.
    #[inline(always)]
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all blocks of `other`, of which there is one at least, are in the set.
    #[inline(always)]
    #[must_use]
    pub const fn covers(self, other: Self) -> bool {
        other.0 != 0 && other.0 & !self.0 == 0
    }

    /// Whether no block is in the set.
    #[inline(always)]
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
