//! Mean squared error.

use super::{Loss, TargetError, Term, check_finite, mean};
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

impl Term for Mse {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let difference = prediction - target;
        (difference * difference, difference + difference)
    }
}

impl<const N: usize, T: Scalar> Loss<N, T> for Mse {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        mean(self, output, target, gradient)
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        check_finite(target)
    }
}
