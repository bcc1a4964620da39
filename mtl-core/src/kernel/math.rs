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
