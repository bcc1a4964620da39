//! AdaGrad.

use super::{Optimizer, SMALLEST_MOMENT};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::setting::{InvalidSetting, require, require_not_negative};

/// AdaGrad: steps by the gradient over the root of the sum of its squares, as Keras's `Adagrad`.
///
/// `s ← s + g²`, `θ ← θ − η g / √(s₀ + s + ε)`.
///
/// | hyperparameter | default |
/// |---|---|
/// | `learning_rate` η | 0.001 |
/// | `initial_accumulator` s₀ | 0.1 |
/// | `epsilon` ε | 1e-7 |
///
/// Duchi, Hazan, Singer 2011. Slots: `s`, without s₀.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdaGrad {
    learning_rate: f64,
    initial_accumulator: f64,
    epsilon: f64,
}

impl AdaGrad {
    /// AdaGrad with a learning rate and Keras's defaults otherwise.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate, initial_accumulator: 0.1, epsilon: 1e-7 }
    }

    /// What the sum of squares starts from.
    #[must_use]
    pub const fn initial_accumulator(self, initial_accumulator: f64) -> Self {
        Self { initial_accumulator, ..self }
    }

    /// What is added under the root. With the [initial accumulator](Self::initial_accumulator) it is at least 1e-36.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }
}

impl Default for AdaGrad {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl<T: Scalar> Optimizer<T> for AdaGrad {
    const SLOTS: usize = 1;

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require_not_negative::<T>("AdaGrad::learning_rate", self.learning_rate)?;
        require_not_negative::<T>("AdaGrad::initial_accumulator", self.initial_accumulator)?;
        require_not_negative::<T>("AdaGrad::epsilon", self.epsilon)?;
        // Else a gradient of 0 is divided by 0.
        let offset = self.initial_accumulator + self.epsilon;
        let allowed = offset >= SMALLEST_MOMENT && T::from_f64(offset).is_finite();
        require("AdaGrad::epsilon", self.epsilon, allowed, "be at least 1e-36 together with `initial_accumulator`, and finite")
    }

    fn update(&self, learning_rate: f64, _: u64, parameters: &mut [T], gradients: &[T], [sums, ..]: [&mut [T]; 3]) {
        let offset = T::from_f64(self.initial_accumulator + self.epsilon);
        dispatch(Step { rate: T::from_f64(learning_rate), offset, parameters, gradients, sums });
    }
}

struct Step<'a, T> {
    rate: T,
    offset: T,
    parameters: &'a mut [T],
    gradients: &'a [T],
    sums: &'a mut [T],
}

impl<T: Scalar> Kernel for Step<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let Self { rate, offset, .. } = self;
        for ((parameter, &gradient), sum) in self.parameters.iter_mut().zip(self.gradients).zip(self.sums) {
            *sum = S::mul_add(gradient, gradient, *sum);
            *parameter -= rate * gradient / (*sum + offset).sqrt();
        }
    }
}
