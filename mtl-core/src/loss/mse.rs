//! Mean squared error.

use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;

/// Mean squared error: `1/N Σ (ŷ − y)²`. Gradient: `2/N (ŷ − y)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mse;

impl Mse {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl ElementWise for Mse {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let difference = prediction - target;
        (difference * difference, difference + difference)
    }
}
