//! Lion.

use super::{Optimizer, SMALLEST_MOMENT, flushed};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::setting::{InvalidSetting, require, require_below_one, require_not_negative};

/// Lion: steps by the sign of a mean of the gradient, as Keras's `Lion`.
///
/// `θ ← θ − η λ θ`, `θ ← θ − η sign(β₁ m + (1−β₁) g)` with sign(0) = 0, `m ← β₂ m + (1−β₂) g`.
///
/// | hyperparameter | default |
/// |---|---|
/// | `learning_rate` η | 0.001 |
/// | `beta_1` β₁ | 0.9 |
/// | `beta_2` β₂ | 0.99 |
/// | `weight_decay` λ | 0 |
///
/// Every step has the full size η: the paper advises a learning rate 3 to 10 times smaller than Adam's, and a weight
/// decay as much larger. Chen et al. 2023. Slots: `m`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lion {
    learning_rate: f64,
    beta_1: f64,
    beta_2: f64,
    weight_decay: f64,
}

impl Lion {
    /// Lion with a learning rate and Keras's defaults otherwise.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate, beta_1: 0.9, beta_2: 0.99, weight_decay: 0.0 }
    }

    /// The part of the mean in the direction of a step, in `[0, 1)`.
    #[must_use]
    pub const fn beta_1(self, beta_1: f64) -> Self {
        Self { beta_1, ..self }
    }

    /// The decay of the mean, in `[0, 1)`.
    #[must_use]
    pub const fn beta_2(self, beta_2: f64) -> Self {
        Self { beta_2, ..self }
    }

    /// λ: the part of a parameter that it loses in a step, over the learning rate; so `η λ` is 1 at most.
    #[must_use]
    pub const fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }
}

impl Default for Lion {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl<T: Scalar> Optimizer<T> for Lion {
    const SLOTS: usize = 1;

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require_not_negative::<T>("Lion::learning_rate", self.learning_rate)?;
        require_below_one::<T>("Lion::beta_1", self.beta_1)?;
        require_below_one::<T>("Lion::beta_2", self.beta_2)?;
        let allowed = self.weight_decay >= 0.0 && self.weight_decay * self.learning_rate <= 1.0;
        require("Lion::weight_decay", self.weight_decay, allowed, "be at least 0, and at most 1 over the learning rate")
    }

    fn update(&self, learning_rate: f64, _: u64, parameters: &mut [T], gradients: &[T], [means, ..]: [&mut [T]; 3]) {
        dispatch(Step {
            keep: T::from_f64(1.0 - learning_rate * self.weight_decay),
            rate: T::from_f64(learning_rate),
            beta_1: T::from_f64(self.beta_1),
            one_minus_beta_1: T::from_f64(1.0 - self.beta_1),
            beta_2: T::from_f64(self.beta_2),
            one_minus_beta_2: T::from_f64(1.0 - self.beta_2),
            parameters,
            gradients,
            means,
        });
    }
}

struct Step<'a, T> {
    keep: T,
    rate: T,
    beta_1: T,
    one_minus_beta_1: T,
    beta_2: T,
    one_minus_beta_2: T,
    parameters: &'a mut [T],
    gradients: &'a [T],
    means: &'a mut [T],
}

impl<T: Scalar> Kernel for Step<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let smallest = T::from_f64(SMALLEST_MOMENT);
        let Self { keep, rate, beta_1, one_minus_beta_1, beta_2, one_minus_beta_2, .. } = self;
        for ((parameter, &gradient), slot) in self.parameters.iter_mut().zip(self.gradients).zip(self.means) {
            let direction = S::mul_add(beta_1, *slot, one_minus_beta_1 * gradient);
            let up = if direction > T::ZERO { rate } else { T::ZERO };
            let down = if direction < T::ZERO { rate } else { T::ZERO };
            *parameter = *parameter * keep - up + down;
            *slot = flushed(S::mul_add(beta_2, *slot, one_minus_beta_2 * gradient), smallest);
        }
    }
}
