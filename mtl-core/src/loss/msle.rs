//! Mean squared logarithmic error.

use super::arithmetic::EPSILON;
use super::domain::check_allowed;
use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

/// Mean squared logarithmic error: `1/N Σ (ln(1 + max(ŷ, ε)) − ln(1 + max(y, ε)))²` with ε = 1e-7, as in Keras.
///
/// Gradient: `2/N (ln(1 + ŷ) − ln(1 + y)) / (1 + ŷ)`, 0 where `ŷ ≤ ε`. Targets are at least 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Msle;

impl Msle {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// `max(x, ε)`, through which a NaN comes.
#[inline(always)]
fn at_least_epsilon<T: Scalar>(x: T) -> T {
    if x < T::from_f64(EPSILON) { T::from_f64(EPSILON) } else { x }
}

impl ElementWise for Msle {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let difference = at_least_epsilon(prediction).ln_1p() - at_least_epsilon(target).ln_1p();
        let slope = (difference + difference) / (T::ONE + prediction);
        (difference * difference, if prediction <= T::from_f64(EPSILON) { T::ZERO } else { slope })
    }

    fn check_target<T: Scalar>(&self, target: T) -> Result<(), TargetError> {
        check_allowed(target, target >= T::ZERO, "at least 0")
    }
}
