//! Adam.

use super::{Optimizer, SMALLEST_MOMENT, flushed};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::setting::{InvalidSetting, require, require_below_one, require_not_negative};

/// Adam: steps by the mean of the gradient over the root of its mean square, as Keras's `Adam`.
///
/// `m ← m + (1−β₁)(g − m)`, `v ← v + (1−β₂)(g² − v)`, `θ ← θ − α m / (√v + ε)` with
/// `α = η √(1−β₂ᵗ) / (1−β₁ᵗ)` at step t. The correction α is computed in `f64` whatever the parameters are: in `f32` it drifts.
///
/// | hyperparameter | default |
/// |---|---|
/// | `learning_rate` η | 0.001 |
/// | `beta_1` β₁ | 0.9 |
/// | `beta_2` β₂ | 0.999 |
/// | `epsilon` ε | 1e-7 |
///
/// Kingma, Ba 2014. Slots: `m`, `v`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Adam {
    learning_rate: f64,
    beta_1: f64,
    beta_2: f64,
    epsilon: f64,
}

impl Adam {
    /// Adam with a learning rate and Keras's defaults otherwise.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7 }
    }

    /// The decay of the mean of the gradient, in `[0, 1)`.
    #[must_use]
    pub const fn beta_1(self, beta_1: f64) -> Self {
        Self { beta_1, ..self }
    }

    /// The decay of the mean of its square, in `[0, 1)`.
    #[must_use]
    pub const fn beta_2(self, beta_2: f64) -> Self {
        Self { beta_2, ..self }
    }

    /// What is added to the root of the mean square: at least 1e-18, as a root below it counts as 0.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// As [`Optimizer::check`]; `settings` are the names of learning rate, β₁, β₂ and ε.
    pub(super) fn check_named<T: Scalar>(&self, settings: [&'static str; 4]) -> Result<(), InvalidSetting> {
        let [learning_rate, beta_1, beta_2, epsilon] = settings;
        require_not_negative::<T>(learning_rate, self.learning_rate)?;
        require_below_one::<T>(beta_1, self.beta_1)?;
        require_below_one::<T>(beta_2, self.beta_2)?;
        let allowed = self.epsilon >= LEAST_EPSILON && T::from_f64(self.epsilon).is_finite();
        require(epsilon, self.epsilon, allowed, "be at least 1e-18, and finite in the model's scalar")
    }

    /// As [`Optimizer::update`], after the parameters were multiplied by `keep`.
    pub(super) fn update_decayed<T: Scalar>(
        &self,
        keep: f64,
        learning_rate: f64,
        step: u64,
        parameters: &mut [T],
        gradients: &[T],
        [means, squares, _]: [&mut [T]; 3],
    ) {
        let rate = learning_rate * libm::sqrt(1.0 - power(self.beta_2, step)) / (1.0 - power(self.beta_1, step));
        dispatch(Step {
            keep: T::from_f64(keep),
            rate: T::from_f64(rate),
            one_minus_beta_1: T::from_f64(1.0 - self.beta_1),
            one_minus_beta_2: T::from_f64(1.0 - self.beta_2),
            epsilon: T::from_f64(self.epsilon),
            parameters,
            gradients,
            means,
            squares,
        });
    }
}

/// The root of [`SMALLEST_MOMENT`].
const LEAST_EPSILON: f64 = 1e-18;

impl Default for Adam {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl<T: Scalar> Optimizer<T> for Adam {
    const SLOTS: usize = 2;

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.check_named::<T>(["Adam::learning_rate", "Adam::beta_1", "Adam::beta_2", "Adam::epsilon"])
    }

    fn update(&self, learning_rate: f64, step: u64, parameters: &mut [T], gradients: &[T], slots: [&mut [T]; 3]) {
        self.update_decayed(1.0, learning_rate, step, parameters, gradients, slots);
    }
}

/// `base^exponent` by squaring: a few multiplications, where the general power takes a good part of the time of a small model's step.
///
/// Its relative error is below `exponent` times 2⁻⁵², so the absolute one is at most 2⁻⁵² / (1 − base) where base < 1.
fn power(base: f64, mut exponent: u64) -> f64 {
    let (mut result, mut square) = (1.0, base);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result *= square;
        }
        square *= square;
        exponent >>= 1;
    }
    result
}

struct Step<'a, T> {
    keep: T,
    rate: T,
    one_minus_beta_1: T,
    one_minus_beta_2: T,
    epsilon: T,
    parameters: &'a mut [T],
    gradients: &'a [T],
    means: &'a mut [T],
    squares: &'a mut [T],
}

impl<T: Scalar> Kernel for Step<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let smallest = T::from_f64(SMALLEST_MOMENT);
        let Self { keep, rate, one_minus_beta_1, one_minus_beta_2, epsilon, .. } = self;
        let slots = self.means.iter_mut().zip(self.squares);
        for ((parameter, &gradient), (mean_slot, square_slot)) in self.parameters.iter_mut().zip(self.gradients).zip(slots) {
            let mean = flushed(S::mul_add(gradient - *mean_slot, one_minus_beta_1, *mean_slot), smallest);
            let square = flushed(S::mul_add(S::mul_add(gradient, gradient, -*square_slot), one_minus_beta_2, *square_slot), smallest);
            *parameter = *parameter * keep - rate * mean / (square.sqrt() + epsilon);
            *mean_slot = mean;
            *square_slot = square;
        }
    }
}
