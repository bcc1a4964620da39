//! Huber's loss.

use super::elementwise::ElementWise;
use crate::kernel::scalar::Scalar;

/// Huber's loss: with `d = ŷ − y`, the mean of `d²/2` where `|d| ≤ δ`, and `δ |d| − δ²/2` beyond. Gradient: `1/N` of `d`, bounded to `±δ`.
///
/// Squared for small errors, absolute for outliers. Huber 1964.
#[derive(Clone, Copy, Debug)]
pub struct Huber {
    delta: f64,
}

impl Huber {
    /// The loss with threshold δ > 0; Keras's default is 1.
    #[must_use]
    pub const fn new(delta: f64) -> Self {
        Self { delta }
    }
}

impl ElementWise for Huber {
    #[inline(always)]
    fn term<T: Scalar>(&self, prediction: T, target: T) -> (T, T) {
        let delta = T::from_f64(self.delta);
        let half = T::from_f64(0.5);
        let difference = prediction - target;
        let bounded = if difference > delta { delta } else { difference };
        let bounded = if bounded < -delta { -delta } else { bounded };
        // `b d − b²/2` is `d²/2` where nothing was cut off, and `δ|d| − δ²/2` elsewhere.
        (bounded * (difference - half * bounded), bounded)
    }
}
