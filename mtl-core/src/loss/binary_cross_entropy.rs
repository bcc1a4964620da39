//! Binary cross-entropy on logits.

use super::domain::check_allowed;
use super::elementwise::ElementWise;
use crate::kernel::math::{self, Logistic};
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

/// Binary cross-entropy on logits `z`, the mean over N independent labels: `1/N Σ w (ln(1 + e^−|z|) + y max(−z, 0) + (1 − y) max(z, 0))`.
///
/// This is `−y ln σ(z) − (1 − y) ln(1 − σ(z))`, but finite for every finite `z`. Gradient: `w/N (σ(z) − y)`.
/// Targets are in `[0, 1]`.
#[derive(Clone, Copy, Debug)]
pub struct BinaryCrossEntropy {
    class_weights: [f64; 2],
    label_smoothing: f64,
}

impl Default for BinaryCrossEntropy {
    fn default() -> Self {
        Self::new()
    }
}

impl BinaryCrossEntropy {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self { class_weights: [1.0; 2], label_smoothing: 0.0 }
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

impl ElementWise for BinaryCrossEntropy {
    #[inline(always)]
    fn term<T: Scalar>(&self, logit: T, label: T) -> (T, T) {
        let weight = label_weight(self.class_weights, label);
        let label = smoothed(self.label_smoothing, label);
        let logistic = math::logistic(logit);
        (weight * cross_entropy(logit, label, &logistic), weight * slope(label, &logistic))
    }

    fn check_target<T: Scalar>(&self, target: T) -> Result<(), TargetError> {
        check_probability(target)
    }
}

/// The weight of a label's class; of both in proportion for a label between 0 and 1.
#[inline(always)]
pub(super) fn label_weight<T: Scalar>([of_0, of_1]: [f64; 2], label: T) -> T {
    T::from_f64(of_0) + T::from_f64(of_1 - of_0) * label
}

/// `y (1 − s) + s/2`.
#[inline(always)]
pub(super) fn smoothed<T: Scalar>(smoothing: f64, label: T) -> T {
    label * T::from_f64(1.0 - smoothing) + T::from_f64(smoothing / 2.0)
}

/// The cross-entropy of a label with a logit.
#[inline(always)]
pub(super) fn cross_entropy<T: Scalar>(logit: T, label: T, logistic: &Logistic<T>) -> T {
    // All terms are positive: nothing cancels. A NaN comes through the first.
    let positive = if logit > T::ZERO { logit } else { T::ZERO };
    let negative = if logit < T::ZERO { -logit } else { T::ZERO };
    logistic.surprise + label * negative + (T::ONE - label) * positive
}

/// `σ(z) − y`, in which nothing cancels for a label of 0 or 1.
#[inline(always)]
pub(super) fn slope<T: Scalar>(label: T, logistic: &Logistic<T>) -> T {
    (T::ONE - label) * logistic.sigmoid - label * logistic.complement
}

/// A label is in `[0, 1]`.
pub(super) fn check_probability<T: Scalar>(label: T) -> Result<(), TargetError> {
    check_allowed(label, label >= T::ZERO && label <= T::ONE, "in [0, 1]")
}
