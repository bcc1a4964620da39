//! Quantile loss.

use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;

/// Quantile (pinball) loss: with `d = y − ŷ`, `1/N Σ max(q d, (q − 1) d)`. Its minimum is the `q`-quantile of the target.
///
/// Gradient: `−q/N` where the prediction is too low, `(1 − q)/N` where it is too high, 0 where it is exact. Koenker, Bassett 1978.
#[derive(Clone, Copy, Debug)]
pub struct Quantile {
    quantile: f64,
}

impl Quantile {
    /// The loss for a quantile strictly between 0 and 1; 0.5 is half the mean absolute error.
    #[must_use]
    pub const fn new(quantile: f64) -> Self {
        Self { quantile }
    }
}

impl ElementWise for Quantile {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let too_low = T::from_f64(-self.quantile);
        let too_high = T::from_f64(1.0 - self.quantile);
        let difference = prediction - target;
        let slope = if difference > T::ZERO { too_high } else { too_low };
        (slope * difference, if difference == T::ZERO { T::ZERO } else { slope })
    }
}
