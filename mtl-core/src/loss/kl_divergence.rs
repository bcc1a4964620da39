//! Kullback–Leibler divergence.

use super::arithmetic::EPSILON;
use super::binary_cross_entropy::check_probability;
use super::sample::Loss;
use crate::kernel::scalar::Scalar;
use crate::model::record::{TargetError, check_finite};

/// The divergence of the predicted distribution `ŷ` from the target distribution `y`: `Σ y ln(y/ŷ)`, both bounded to `[ε, 1]` with ε = 1e-7, as in Keras.
///
/// It takes the probabilities after softmax. Gradient: `−y/ŷ`, 0 where `ŷ` is out of bounds. A target's values are in `[0, 1]` and sum to 1 within 1e-3.
#[derive(Clone, Copy, Debug, Default)]
pub struct KlDivergence;

impl KlDivergence {
    /// The loss.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// `x` bounded to `[ε, 1]`; a NaN comes through.
#[inline(always)]
fn bounded<T: Scalar>(x: T) -> T {
    let x = if x < T::from_f64(EPSILON) { T::from_f64(EPSILON) } else { x };
    if x > T::ONE { T::ONE } else { x }
}

impl<const N: usize, T: Scalar> Loss<N, T> for KlDivergence {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        let mut sum = T::ZERO;
        for ((&prediction, &target), gradient) in output.iter().zip(target).zip(gradient) {
            let probability = bounded(prediction);
            let target = bounded(target);
            sum += target * (target / probability).ln();
            let outside = prediction < T::from_f64(EPSILON) || prediction > T::ONE;
            *gradient = if outside { T::ZERO } else { -target / probability };
        }
        sum
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        check_finite(target)?;
        target.iter().try_for_each(|&value| check_probability(value))?;
        let sum: f64 = target.iter().map(|value| value.to_f64()).sum();
        if (sum - 1.0).abs() > 1e-3 {
            return Err(TargetError::OutOfRange { value: sum, expected: "1, which the values of a distribution sum to" });
        }
        Ok(())
    }
}
