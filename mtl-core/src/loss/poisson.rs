//! Poisson loss.

use super::arithmetic::EPSILON;
use super::domain::check_allowed;
use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

/// The negative log-likelihood of counts `y` under Poisson distributions of mean `ŷ`, without its constant: `1/N Σ (ŷ − y ln(ŷ + ε))`.
///
/// Gradient: `1/N (1 − y/(ŷ + ε))`. ε = 1e-7, as in Keras. The head must end in something positive, such as `exponential`. Targets are at least 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Poisson;

impl Poisson {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl ElementWise for Poisson {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let rate = prediction + T::from_f64(EPSILON);
        (prediction - target * rate.ln(), T::ONE - target / rate)
    }

    fn check_target<T: Scalar>(&self, target: T) -> Result<(), TargetError> {
        check_allowed(target, target >= T::ZERO, "at least 0")
    }
}
