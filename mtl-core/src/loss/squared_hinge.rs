//! Squared hinge loss.

use super::{Loss, TargetError, Term, check_signs, mean};
use crate::kernel::scalar::Scalar;

/// Squared hinge loss of labels −1 and 1: `1/N Σ max(1 − y ŷ, 0)²`. Gradient: `−2y/N max(1 − y ŷ, 0)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct SquaredHinge;

impl SquaredHinge {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl Term for SquaredHinge {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let margin = T::ONE - target * prediction;
        let margin = if margin < T::ZERO { T::ZERO } else { margin };
        (margin * margin, -(margin + margin) * target)
    }
}

impl<const N: usize, T: Scalar> Loss<N, T> for SquaredHinge {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        mean(self, output, target, gradient)
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        check_signs(target)
    }
}
