//! Categorical cross-entropy on logits.

use super::{Class, Loss, TargetError, check_class};
use crate::Scalar;
use crate::kernel::math::{self, SoftmaxSum};

/// Categorical cross-entropy of a class index with logits `z`: `w_c (ln Σ e^zⱼ − Σ yⱼ zⱼ)`, `y` the smoothed one-hot vector of class `c`.
///
/// This is `−ln softmax(z)_c` where nothing is smoothed, but finite for every finite logit. Gradient: `w_c (softmax(z) − y)`.
#[derive(Clone, Copy, Debug)]
pub struct CategoricalCrossEntropy<const N: usize> {
    class_weights: [f64; N],
    label_smoothing: f64,
}

impl<const N: usize> Default for CategoricalCrossEntropy<N> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const N: usize> CategoricalCrossEntropy<N> {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self { class_weights: [1.0; N], label_smoothing: 0.0 }
    }

    /// Weights each sample with the weight of its class.
    #[must_use]
    pub const fn class_weights(self, class_weights: [f64; N]) -> Self {
        Self { class_weights, ..self }
    }

    /// Gives a share of every target to all classes evenly: `y (1 − s) + s/N`, for `0 ≤ s ≤ 1`.
    #[must_use]
    pub const fn label_smoothing(self, label_smoothing: f64) -> Self {
        Self { label_smoothing, ..self }
    }
}

impl<const N: usize, T: Scalar> Loss<N, T> for CategoricalCrossEntropy<N> {
    type Target = Class<N>;

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &Class<N>, gradient: &mut [T; N]) -> T {
        let share = T::from_f64(self.label_smoothing / N as f64);
        let kept = T::from_f64(1.0 - self.label_smoothing + self.label_smoothing / N as f64);
        let given_away = T::from_f64(self.label_smoothing - self.label_smoothing / N as f64);
        let weight: T = class_weight(&self.class_weights, *target);
        let sum = math::softmax(output, gradient);
        let mut value = sum.excess.ln_1p();
        for ((class, &logit), gradient) in (0..).zip(output).zip(gradient) {
            let probability = *gradient;
            if target.index == class {
                value += kept * below(&sum, logit);
                *gradient = weight * (given_away - complement(&sum, logit, probability));
            } else {
                // Not always the product: without smoothing, a class may be ruled out by a logit of −∞.
                value += if share == T::ZERO { T::ZERO } else { share * below(&sum, logit) };
                *gradient = weight * (probability - share);
            }
        }
        weight * value
    }

    fn check(&self, target: &Class<N>) -> Result<(), TargetError> {
        check_class(*target)
    }
}

/// The weight of a class; 0 for one that does not exist.
#[inline(always)]
pub(super) fn class_weight<T: Scalar, const N: usize>(weights: &[f64; N], label: Class<N>) -> T {
    let mut chosen = T::ZERO;
    for (class, &weight) in (0..).zip(weights) {
        chosen = if label.index == class { T::from_f64(weight) } else { chosen };
    }
    chosen
}

/// How far a logit lies below the largest one. For finite logits it is finite.
#[inline(always)]
pub(super) fn below<T: Scalar>(sum: &SoftmaxSum<T>, logit: T) -> T {
    let distance = sum.largest - logit;
    if distance > T::MAX && logit.is_finite() { T::MAX } else { distance }
}

/// `1 − p`; for the most probable class from what the others add, which would be lost in 1.
#[inline(always)]
pub(super) fn complement<T: Scalar>(sum: &SoftmaxSum<T>, logit: T, probability: T) -> T {
    if logit == sum.largest { sum.excess * sum.reciprocal } else { T::ONE - probability }
}
