//! Categorical focal loss on logits.

use super::arithmetic::power;
use super::categorical_cross_entropy::{below, class_weight, complement};
use super::domain::check_class;
use super::sample::Loss;
use crate::kernel::math;
use crate::kernel::scalar::Scalar;
use crate::model::record::{Class, TargetError};

/// Focal loss of a class index with logits `z`: `w_c Σ yⱼ (1 − pⱼ)^γ (−ln pⱼ)`, `p = softmax(z)`, `y` the smoothed one-hot vector of class `c`.
///
/// What is predicted well counts little. γ = 0 is categorical cross-entropy. As Keras's `CategoricalFocalCrossentropy` with α = 1
/// (its default of 0.25 is a factor); computed from the logits, finite for all finite ones.
/// Gradient: with `gⱼ = −w_c yⱼ (1 − pⱼ)^γ (1 − γ pⱼ ln pⱼ / (1 − pⱼ))`, `gⱼ − pⱼ Σ gᵢ`. Lin, Goyal, Girshick, He, Dollár 2017.
#[derive(Clone, Copy, Debug)]
pub struct CategoricalFocal<const N: usize> {
    gamma: f64,
    class_weights: [f64; N],
    label_smoothing: f64,
}

impl<const N: usize> CategoricalFocal<N> {
    /// The loss with exponent γ ≥ 0; Keras's default is 2.
    #[must_use]
    pub const fn new(gamma: f64) -> Self {
        Self { gamma, class_weights: [1.0; N], label_smoothing: 0.0 }
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

impl<const N: usize, T: Scalar> Loss<N, T> for CategoricalFocal<N> {
    type Target = Class<N>;

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &Class<N>, gradient: &mut [T; N]) -> T {
        let share = T::from_f64(self.label_smoothing / N as f64);
        let kept = T::from_f64(1.0 - self.label_smoothing + self.label_smoothing / N as f64);
        let gamma = T::from_f64(self.gamma);
        let weight: T = class_weight(&self.class_weights, *target);
        let mut probabilities = [T::ZERO; N];
        let sum = math::softmax(output, &mut probabilities);
        let log_sum = sum.excess.ln_1p();
        let (mut value, mut total) = (T::ZERO, T::ZERO);
        for (class, ((&logit, &probability), gradient)) in output.iter().zip(&probabilities).zip(gradient.iter_mut()).enumerate() {
            let y = if target.index as usize == class { kept } else { share };
            let miss = complement(&sum, logit, probability);
            let entropy = log_sum + below(&sum, logit);
            let focus = y * power(miss, self.gamma);
            // `−p ln p / (1 − p)`, at most 1; where the miss is 0 to rounding, so is the entropy.
            let ratio = probability * (entropy / if miss == T::ZERO { T::ONE } else { miss });
            // Without smoothing, a class may be ruled out by a logit of −∞.
            let (term, slope) = if y == T::ZERO { (T::ZERO, T::ZERO) } else { (focus * entropy, -focus * (T::ONE + gamma * ratio)) };
            value += term;
            total += slope;
            *gradient = slope;
        }
        for ((&logit, &probability), gradient) in output.iter().zip(&probabilities).zip(gradient) {
            *gradient = weight * (*gradient * complement(&sum, logit, probability) - probability * (total - *gradient));
        }
        weight * value
    }

    fn check(&self, target: &Class<N>) -> Result<(), TargetError> {
        check_class(*target)
    }
}
