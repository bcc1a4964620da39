//! Elementary functions for loops over columns: without a branch or a call, so that they vectorise.
//!
//! They multiply and add in two steps whatever the instruction set, so that every path gives the same bits. Largest errors that tests
//! allow over the whole range with denormals, infinities and NaN, in units in the last place (ulp; that of `f32` is at most 1.2e-7 of the value, that of `f64` 2.2e-16):
//!
//! | function | `f32` | `f64` |
//! |---|---|---|
//! | `exp`, `ln` | 1 | 2 |
//! | `exp_m1`, `ln_1p` | 2 | 3 |
//! | `tanh` | 2.5 | 3.5 |
//! | [`sigmoid`] | 3 | |
//! | [`softplus`] | 4 | |
//! | `erf`, `erfc` | 4, 7 (that is 5e-7 of the value) | as `libm` |
//!
//! Those of `f64` include up to 1 ulp of what they are compared with. There, `erf` and `erfc` are library calls and do not vectorise.
//! `powf` does in neither type.

pub(crate) mod double;
mod elementary;
pub(crate) mod error_function;
pub(crate) mod single;

use crate::kernel::scalar::Scalar;

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
    let mut rows = [[T::ZERO]; N];
    for (row, &logit) in rows.iter_mut().zip(logits) {
        *row = [logit];
    }
    let mut results = [[T::ZERO]; N];
    let SoftmaxSum { largest: [largest], excess: [excess], reciprocal: [reciprocal] } = softmax_of_rows(&rows, &mut results);
    for (probability, [result]) in probabilities.iter_mut().zip(results) {
        *probability = result;
    }
    SoftmaxSum { largest, excess, reciprocal }
}

/// [`softmax`] of several samples, in rows of one class each: all loops but the outermost run over the samples.
#[inline(always)]
pub fn softmax_of_rows<T: Scalar, const SAMPLES: usize, const N: usize>(
    logits: &[[T; SAMPLES]; N],
    probabilities: &mut [[T; SAMPLES]; N],
) -> SoftmaxSum<[T; SAMPLES]> {
    let mut largest = [-T::MAX; SAMPLES];
    for logits in logits {
        for (largest, &logit) in largest.iter_mut().zip(logits) {
            *largest = largest.max(logit);
        }
    }
    for (probabilities, logits) in probabilities.iter_mut().zip(logits) {
        for ((probability, &logit), &largest) in probabilities.iter_mut().zip(logits).zip(&largest) {
            *probability = (logit - largest).exp();
        }
    }
    // The ones are summed apart from the rest, which they would swallow.
    let mut excess = [T::ZERO; SAMPLES];
    let mut ones = [-T::ONE; SAMPLES];
    for probabilities in &*probabilities {
        for ((excess, ones), &e) in excess.iter_mut().zip(&mut ones).zip(probabilities) {
            *excess += if e == T::ONE { T::ZERO } else { e };
            *ones += if e == T::ONE { T::ONE } else { T::ZERO };
        }
    }
    let mut reciprocal = [T::ZERO; SAMPLES];
    for ((reciprocal, excess), &ones) in reciprocal.iter_mut().zip(&mut excess).zip(&ones) {
        *excess += ones;
        *reciprocal = T::ONE / (*excess + T::ONE);
    }
    for probabilities in probabilities {
        for (probability, &reciprocal) in probabilities.iter_mut().zip(&reciprocal) {
            *probability *= reciprocal;
        }
    }
    SoftmaxSum { largest, excess, reciprocal }
}

#[cfg(test)]
mod tests {
    use crate::activation;
    use crate::kernel::scalar::Scalar;
    use crate::kernel::{InstructionSet, Kernel, dispatch};
    use std::vec::Vec;

    struct Everything<'a, T>(&'a mut [T]);

    impl<T: Scalar> Kernel for Everything<'_, T> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            for value in self.0 {
                *value = everything(*value);
            }
        }
    }

    /// Calls all functions, some on the results of others.
    #[inline(always)]
    fn everything<T: Scalar>(x: T) -> T {
        use activation::{Activation, Elu, Mish, Sigmoid, Softplus};
        let positive = x.abs();
        let sum = x.exp() + positive.ln() + x.tanh() + x.exp_m1() + positive.ln_1p() + x.erf() + x.erfc();
        sum + Sigmoid::value(sum) + Softplus::value(x) + Mish::value(x) + Elu::value(sum)
    }

    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        fn check<T: Scalar>() {
            let arguments: Vec<T> = (0..1003).map(|step| T::from_f64(f64::from(step - 500) * 0.037 + 0.01)).collect();
            let mut vectorised = arguments.clone();
            dispatch(Everything(&mut vectorised));
            for (&x, value) in arguments.iter().zip(vectorised) {
                assert!(value == everything(x) && value.is_finite(), "at {x}: {value}, {}", everything(x));
            }
        }
        check::<f32>();
        check::<f64>();
    }
}
