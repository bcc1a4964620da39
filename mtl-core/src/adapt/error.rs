//! Why a layer cannot be adapted.

use crate::pass::PassError;

/// Values that a layer which is measured, as `Normalize`, cannot be adapted to. The model is as it was before.
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum AdaptError {
    /// NaN or infinity. Data sets have none, so it comes from the layers before.
    #[error("`{layer}` cannot be adapted: its value {value} (counted from 0) is not finite in every row; the layers before it overflow")]
    NotFinite {
        /// The path of the layer.
        layer: &'static str,
        /// The number of the value.
        value: usize,
    },
    /// A column that may be missing, and is in every row: there is nothing to fill it in with.
    #[error(
        "`{layer}` cannot be adapted: the column `{column}` has no value in any row that is trained on; take it out of the declaration, or give it values"
    )]
    NoValue {
        /// The path of the layer.
        layer: &'static str,
        /// The name of the column.
        column: &'static str,
    },
    /// A spread whose square is no number of the model's type, or one that has lost its precision: in `f32` below about 1e-19 or above 1e19. Of a
    /// `Robust` it is the reciprocal, in `f32` of a spread below about 1e-38, and of a
    /// `Piecewise` the spread itself.
    #[error(
        "`{layer}` cannot be adapted: its value {value} (counted from 0) lies between {low:e} and {high:e}, and {scalar} does not hold the numbers \
         that such a spread needs; scale the data"
    )]
    Spread {
        /// The path of the layer.
        layer: &'static str,
        /// The number of the value.
        value: usize,
        /// The least value.
        low: f64,
        /// The greatest value.
        high: f64,
        /// The type that the model computes in.
        scalar: &'static str,
    },
    /// A pass that cannot be.
    #[error(transparent)]
    Pass(#[from] PassError),
}
