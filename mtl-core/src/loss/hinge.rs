//! Hinge loss.

use super::{Loss, TargetError, check_signs, mean};
use crate::Scalar;

/// Hinge loss of labels −1 and 1: `1/N Σ max(1 − y ŷ, 0)`. Gradient: `−y/N` where `y ŷ < 1`, else 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hinge;

impl Hinge {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize, T: Scalar> Loss<N, T> for Hinge {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        mean(output, target, gradient, |prediction, target| {
            let margin = T::ONE - target * prediction;
            if margin <= T::ZERO { (T::ZERO, T::ZERO) } else { (margin, -target) }
        })
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        check_signs(target)
    }
}
