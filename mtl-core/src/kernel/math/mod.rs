//! Elementary functions for loops over columns: without a branch or a call, so that they vectorise.
//!
//! They multiply and add in two steps whatever the instruction set, so that every path gives the same bits. Errors, in units in the
//! last place (ulp) or relative, over the whole range with denormals, infinities and NaN:
//!
//! | function | `f32` | `f64` |
//! |---|---|---|
//! | `exp` | 1 ulp | 1 ulp |
//! | `exp_m1` | 2 ulp | 2 ulp |
//! | `ln` | 1 ulp | 1 ulp |
//! | `ln_1p` | 2 ulp | 2 ulp |
//! | `tanh` | 2.5 ulp (2.5e-7) | 2.5 ulp (5e-16) |
//! | `erf`, `erfc` | 5e-7 | as `libm` |
//!
//! Where results are denormal the error is one of these, too.

pub(crate) mod double;
mod elementary;
mod error_function;
pub(crate) mod single;

pub(crate) use error_function::{erf, erfc};

use crate::Scalar;

/// What [`logistic`] gives, all from one exponential.
#[derive(Clone, Copy, Debug)]
pub struct Logistic<T> {
    /// `σ(x) = 1/(1 + e^−x)`.
    pub sigmoid: T,
    /// `1 − σ(x)`.
    pub complement: T,
    /// `ln(1 + e^−|x|)`: minus the logarithm of the larger of the two.
    pub surprise: T,
}

/// The logistic function, its complement and its logarithm, each with its full relative accuracy.
///
/// They come from `e = e^−|x|`, which cannot overflow: `1/(1 + e)`, `e/(1 + e)` and `ln(1 + e)`.
#[inline(always)]
pub fn logistic<T: Scalar>(x: T) -> Logistic<T> {
    let e = (-x.abs()).exp();
    let larger = T::ONE / (T::ONE + e);
    let smaller = e * larger;
    Logistic { sigmoid: if x < T::ZERO { smaller } else { larger }, complement: if x < T::ZERO { larger } else { smaller }, surprise: e.ln_1p() }
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

/// What [`softmax`] leaves beside the probabilities; with `eⱼ = e^(zⱼ − max z)`.
#[derive(Clone, Copy, Debug)]
pub struct SoftmaxSum<T> {
    /// `max z`.
    pub largest: T,
    /// `Σ eⱼ − 1`: what the classes beside the most probable one add, with its relative accuracy where it is small.
    pub excess: T,
    /// `1/Σ eⱼ`: the probability of the most probable class.
    pub reciprocal: T,
}

/// `pⱼ = e^zⱼ / Σ e^zᵢ`, computed from `zⱼ − max z`, which cannot overflow.
///
/// `ln Σ e^zⱼ` is `largest + excess.ln_1p()`.
#[inline(always)]
pub fn softmax<T: Scalar, const N: usize>(logits: &[T; N], probabilities: &mut [T; N]) -> SoftmaxSum<T> {
    let mut largest = -T::MAX;
    for &logit in logits {
        largest = largest.max(logit);
    }
    for (probability, &logit) in probabilities.iter_mut().zip(logits) {
        *probability = (logit - largest).exp();
    }
    // The ones are summed apart from the rest, which they would swallow.
    let mut excess = T::ZERO;
    let mut ones = -T::ONE;
    for &e in &*probabilities {
        excess += if e == T::ONE { T::ZERO } else { e };
        ones += if e == T::ONE { T::ONE } else { T::ZERO };
    }
    excess += ones;
    let reciprocal = T::ONE / (excess + T::ONE);
    for probability in probabilities {
        *probability *= reciprocal;
    }
    SoftmaxSum { largest, excess, reciprocal }
}
