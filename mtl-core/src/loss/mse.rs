//! Mean squared error.

use super::{Loss, TargetError};
use crate::Scalar;

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

impl<const N: usize, T: Scalar> Loss<N, T> for Mse {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        let mean = T::ONE / T::from_f64(N as f64);
        let mut sum = T::ZERO;
        for ((&prediction, &target), gradient) in output.iter().zip(target).zip(gradient) {
            let difference = prediction - target;
            sum += difference * difference;
            *gradient = (difference + difference) * mean;
        }
        sum * mean
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        super::check_finite(target)
    }
}
