//! Squared hinge loss.

use super::domain::check_sign;
use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

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

impl ElementWise for SquaredHinge {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let margin = T::ONE - target * prediction;
        let margin = if margin < T::ZERO { T::ZERO } else { margin };
        (margin * margin, -(margin + margin) * target)
    }

    fn check_target<T: Scalar>(&self, target: T) -> Result<(), TargetError> {
        check_sign(target)
    }
}
