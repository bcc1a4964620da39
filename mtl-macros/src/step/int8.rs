//! The form of a step in eight bits.

/// What a step says of its form in eight bits. A step without this has none, and `#[int8]` rejects it.
#[derive(Clone, Copy)]
pub(crate) struct Int8 {
    /// The most values that it can take.
    pub(crate) most_inputs: usize,
}

impl Int8 {
    pub(crate) const ANY: Option<Self> = Some(Self { most_inputs: usize::MAX });
}
