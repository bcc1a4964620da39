//! What several losses compute with.

use crate::kernel::scalar::Scalar;

/// Keras's ε: what probabilities and rates are kept away from 0 by.
pub(super) const EPSILON: f64 = 1e-7;

/// −1, 0 or 1; NaN for NaN.
#[inline(always)]
pub(super) fn sign<T: Scalar>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x
    }
}

/// `x^γ` for `x ≥ 0`, without a call for the usual exponents: γ is a constant of the program.
#[inline(always)]
pub(super) fn power<T: Scalar>(x: T, gamma: f64) -> T {
    if gamma == 0.0 {
        T::ONE
    } else if gamma == 1.0 {
        x
    } else if gamma == 2.0 {
        x * x
    } else {
        x.powf(T::from_f64(gamma))
    }
}
