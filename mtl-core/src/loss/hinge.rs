//! Hinge loss.

use super::domain::check_sign;
use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

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

impl ElementWise for Hinge {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let margin = T::ONE - target * prediction;
        if margin <= T::ZERO { (T::ZERO, T::ZERO) } else { (margin, -target) }
    }

    fn check_target<T: Scalar>(&self, target: T) -> Result<(), TargetError> {
        check_sign(target)
    }
}
