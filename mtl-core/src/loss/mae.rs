//! Mean absolute error.

use super::arithmetic::sign;
use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;

/// Mean absolute error: `1/N Σ |ŷ − y|`. Gradient: `1/N sign(ŷ − y)`, 0 where they are equal.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mae;

impl Mae {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl ElementWise for Mae {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let difference = prediction - target;
        (difference.abs(), sign(difference))
    }
}
