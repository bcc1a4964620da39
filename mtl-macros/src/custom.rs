//! A type of the user's own, as it was written.

use crate::size::Tokens;

/// A user's own layer or loss: `crate::Scale<16>(0.5)`.
#[derive(Clone)]
pub(crate) struct Custom {
    /// The type: `crate::Scale<16>`. Of a layer in the graph every `_` among the generics is replaced by the size of the input.
    pub(crate) path: Tokens,
    /// The arguments between the parentheses, comma-separated, or nothing: `<path>::new(arguments)`.
    pub(crate) arguments: Tokens,
    /// For the summary and messages: the last segment.
    pub(crate) name: String,
}
