//! Categorical cross-entropy on logits.

use super::domain::check_class;
use super::sample::Loss;
use crate::kernel::math::{self, SoftmaxSum};
use crate::kernel::scalar::Scalar;
use crate::model::record::{Class, TargetError};

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
        let mut value = [T::ZERO];
        self.evaluate_samples(core::array::from_ref(output), core::array::from_ref(target), core::array::from_mut(gradient), &mut value);
        value[0]
    }

    #[inline(always)]
    #[allow(clippy::needless_range_loop, reason = "loops over several arrays at once, which the compiler turns into vectors")]
    fn evaluate_samples<const SAMPLES: usize>(
        &self,
        outputs: &[[T; N]; SAMPLES],
        targets: &[Class<N>; SAMPLES],
        gradients: &mut [[T; N]; SAMPLES],
        values: &mut [T; SAMPLES],
    ) {
        let share = T::from_f64(self.label_smoothing / N as f64);
        let kept = T::from_f64(1.0 - self.label_smoothing + self.label_smoothing / N as f64);
        let given_away = T::from_f64(self.label_smoothing - self.label_smoothing / N as f64);
        // Turned round, class by class: every inner loop runs over the samples.
        let mut logits = [[T::ZERO; SAMPLES]; N];
        for (class, logits) in logits.iter_mut().enumerate() {
            for (logit, output) in logits.iter_mut().zip(outputs) {
                *logit = output[class];
            }
        }
        let mut probabilities = [[T::ZERO; SAMPLES]; N];
        let sums = math::softmax_of_rows(&logits, &mut probabilities);
        for sample in 0..SAMPLES {
            values[sample] = sums.excess[sample].ln_1p();
        }
        let mut weights = [T::ZERO; SAMPLES];
        for (class, &weight) in self.class_weights.iter().enumerate() {
            for sample in 0..SAMPLES {
                weights[sample] = if targets[sample].index as usize == class { T::from_f64(weight) } else { weights[sample] };
            }
        }
        for (class, (logits, probabilities)) in logits.iter().zip(&mut probabilities).enumerate() {
            for sample in 0..SAMPLES {
                let sum = SoftmaxSum { largest: sums.largest[sample], excess: sums.excess[sample], reciprocal: sums.reciprocal[sample] };
                let (logit, probability) = (logits[sample], probabilities[sample]);
                let is_label = targets[sample].index as usize == class;
                let y = if is_label { kept } else { share };
                let term = y * below(&sum, logit);
                // Not always the product: without smoothing, a class may be ruled out by a logit of −∞.
                values[sample] += if y == T::ZERO { T::ZERO } else { term };
                let slope = if is_label { given_away - complement(&sum, logit, probability) } else { probability - share };
                probabilities[sample] = weights[sample] * slope;
            }
        }
        for sample in 0..SAMPLES {
            values[sample] *= weights[sample];
            for (slope, slopes) in gradients[sample].iter_mut().zip(&probabilities) {
                *slope = slopes[sample];
            }
        }
    }

    fn check(&self, target: &Class<N>) -> Result<(), TargetError> {
        check_class(*target)
    }
}

/// The weight of a class; 0 for one that does not exist.
#[inline(always)]
pub(super) fn class_weight<T: Scalar, const N: usize>(weights: &[f64; N], label: Class<N>) -> T {
    let mut chosen = T::ZERO;
    for (class, &weight) in weights.iter().enumerate() {
        chosen = if label.index as usize == class { T::from_f64(weight) } else { chosen };
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
