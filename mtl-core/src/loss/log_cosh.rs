//! The logarithm of the hyperbolic cosine of the error.

use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;

/// `1/N Σ ln cosh(ŷ − y)`: near `d²/2` for small errors, `|d| − ln 2` for large ones. Gradient: `1/N tanh(ŷ − y)`.
///
/// Computed as `|d| + ln(1 + e^−2|d|) − ln 2`, which cannot overflow.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogCosh;

impl LogCosh {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl ElementWise for LogCosh {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let difference = prediction - target;
        let size = difference.abs();
        let value = size + (T::from_f64(-2.0) * size).exp().ln_1p() - T::from_f64(core::f64::consts::LN_2);
        (value, difference.tanh())
    }
}
