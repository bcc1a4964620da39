//! Binary focal loss on logits.

use super::arithmetic::power;
use super::binary_cross_entropy::{check_probability, cross_entropy, label_weight, slope, smoothed};
use super::elementwise::ElementWise;
use crate::kernel::math;
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

/// Focal loss on logits `z`, the mean over N independent labels: `1/N Σ w m^γ H(y, σ(z))`, `H` the binary cross-entropy and
/// `m = y (1 − σ(z)) + (1 − y) σ(z)` the probability given to the other label.
///
/// What is predicted well counts little. γ = 0 is binary cross-entropy. As Keras's `BinaryFocalCrossentropy` without class balancing;
/// computed from the logit, finite for every finite one. Gradient: `w/N m^γ (γ H m′/m + σ(z) − y)` with `m′ = (1 − 2y) σ(z) (1 − σ(z))`.
/// Targets are in `[0, 1]`. Lin, Goyal, Girshick, He, Dollár 2017.
#[derive(Clone, Copy, Debug)]
pub struct BinaryFocal {
    gamma: f64,
    class_weights: [f64; 2],
    label_smoothing: f64,
}

impl BinaryFocal {
    /// The loss with exponent γ ≥ 0; Keras's default is 2.
    #[must_use]
    pub const fn new(gamma: f64) -> Self {
        Self { gamma, class_weights: [1.0; 2], label_smoothing: 0.0 }
    }

    /// Weights each label's term with the weight of its class; between 0 and 1 with `w = w₀ + (w₁ − w₀) y`.
    #[must_use]
    pub const fn class_weights(self, class_weights: [f64; 2]) -> Self {
        Self { class_weights, ..self }
    }

    /// Moves targets towards 1/2: `y (1 − s) + s/2`, for `0 ≤ s ≤ 1`.
    #[must_use]
    pub const fn label_smoothing(self, label_smoothing: f64) -> Self {
        Self { label_smoothing, ..self }
    }
}

impl ElementWise for BinaryFocal {
    #[inline(always)]
    fn term<T: Scalar>(&self, logit: T, label: T) -> (T, T) {
        let two = T::from_f64(2.0);
        let weight = label_weight(self.class_weights, label);
        let label = smoothed(self.label_smoothing, label);
        let logistic = math::logistic(logit);
        let entropy = cross_entropy(logit, label, &logistic);
        let miss = label * logistic.complement + (T::ONE - label) * logistic.sigmoid;
        let focus = weight * power(miss, self.gamma);
        // At most 1 in size; where the miss is 0 to rounding, so is its derivative.
        let ratio = (T::ONE - two * label) * logistic.sigmoid * logistic.complement / if miss == T::ZERO { T::ONE } else { miss };
        // The focus first: the entropy may be near the largest number there is.
        (focus * entropy, T::from_f64(self.gamma) * focus * (ratio * entropy) + focus * slope(label, &logistic))
    }

    fn check_target<T: Scalar>(&self, target: T) -> Result<(), TargetError> {
        check_probability(target)
    }
}
