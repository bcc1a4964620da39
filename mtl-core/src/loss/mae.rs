//! Mean absolute error.

use super::{Loss, TargetError, Term, check_finite, mean, sign};
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

impl Term for Mae {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let difference = prediction - target;
        (difference.abs(), sign(difference))
    }
}

impl<const N: usize, T: Scalar> Loss<N, T> for Mae {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        mean(self, output, target, gradient)
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        check_finite(target)
    }
}
