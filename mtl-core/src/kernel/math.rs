//! Elementary functions for loops over columns: without a branch, so that they vectorise.

use crate::Scalar;

/// The logistic function `σ(x) = 1/(1 + e^−x)` and `1 − σ(x)`, each with its full relative accuracy.
///
/// Both come from `e = e^−|x|`, which cannot overflow: `1/(1 + e)` and `e/(1 + e)`.
#[inline(always)]
pub fn sigmoid_and_complement<T: Scalar>(x: T) -> (T, T) {
    let e = (-x.abs()).exp();
    let larger = T::ONE / (T::ONE + e);
    let smaller = e * larger;
    if x < T::ZERO { (smaller, larger) } else { (larger, smaller) }
}

/// The logistic function `σ(x) = 1/(1 + e^−x)`, with its full relative accuracy where it is small too.
#[inline(always)]
pub fn sigmoid<T: Scalar>(x: T) -> T {
    let e = (-x.abs()).exp();
    let numerator = if x < T::ZERO { e } else { T::ONE };
    numerator / (T::ONE + e)
}

/// `ln(1 + eˣ) = max(x, 0) + ln(1 + e^−|x|)`.
#[inline(always)]
pub fn softplus<T: Scalar>(x: T) -> T {
    let rectified = if x > T::ZERO { x } else { T::ZERO };
    rectified + (-x.abs()).exp().ln_1p()
}
