//! Poisson loss.

use super::{EPSILON, Loss, TargetError, Term, check_range, mean};
use crate::kernel::scalar::Scalar;

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

impl Term for Poisson {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let rate = prediction + T::from_f64(EPSILON);
        (prediction - target * rate.ln(), T::ONE - target / rate)
    }
}

impl<const N: usize, T: Scalar> Loss<N, T> for Poisson {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        mean(self, output, target, gradient)
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        check_range(target, |value| value >= T::ZERO, "at least 0")
    }
}
