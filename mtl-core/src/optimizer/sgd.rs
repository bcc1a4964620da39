//! Stochastic gradient descent.

use super::{Optimizer, SMALLEST_MOMENT, flushed};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::setting::{InvalidSetting, require_below_one, require_not_negative};

/// Stochastic gradient descent, with momentum if asked for, as Keras's `SGD`.
///
/// Without momentum `θ ← θ − η g`. With momentum μ: `v ← μ v − η g`, `θ ← θ + v`; with Nesterov's look-ahead
/// `θ ← θ + μ v − η g`.
///
/// | hyperparameter | default |
/// |---|---|
/// | `learning_rate` η | 0.01 |
/// | `momentum` μ | 0 |
/// | `nesterov` | false |
///
/// Nesterov 1983; Sutskever et al. 2013. Slots: the velocity `v`, with momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sgd {
    learning_rate: f64,
    momentum: f64,
    nesterov: bool,
}

impl Sgd {
    /// Plain gradient descent.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate, momentum: 0.0, nesterov: false }
    }

    /// How much of the last move is kept, in `[0, 1)`.
    #[must_use]
    pub const fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// Takes the gradient as at the place that momentum alone leads to.
    #[must_use]
    pub const fn nesterov(self, nesterov: bool) -> Self {
        Self { nesterov, ..self }
    }
}

impl Default for Sgd {
    fn default() -> Self {
        Self::new(0.01)
    }
}

impl<T: Scalar> Optimizer<T> for Sgd {
    const SLOTS: usize = 1;

    fn slots(&self) -> usize {
        usize::from(self.momentum != 0.0)
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require_not_negative::<T>("Sgd::learning_rate", self.learning_rate)?;
        require_below_one::<T>("Sgd::momentum", self.momentum)
    }

    fn update(&self, learning_rate: f64, _: u64, parameters: &mut [T], gradients: &[T], [velocities, ..]: [&mut [T]; 3]) {
        let rate = T::from_f64(learning_rate);
        if self.momentum == 0.0 {
            dispatch(Plain { rate, parameters, gradients });
        } else {
            dispatch(Momentum { rate, momentum: T::from_f64(self.momentum), nesterov: self.nesterov, parameters, gradients, velocities });
        }
    }
}

struct Plain<'a, T> {
    rate: T,
    parameters: &'a mut [T],
    gradients: &'a [T],
}

impl<T: Scalar> Kernel for Plain<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        for (parameter, &gradient) in self.parameters.iter_mut().zip(self.gradients) {
            *parameter = S::mul_add(-self.rate, gradient, *parameter);
        }
    }
}

struct Momentum<'a, T> {
    rate: T,
    momentum: T,
    nesterov: bool,
    parameters: &'a mut [T],
    gradients: &'a [T],
    velocities: &'a mut [T],
}

impl<T: Scalar> Kernel for Momentum<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let smallest = T::from_f64(SMALLEST_MOMENT);
        let Self { rate, momentum, nesterov, .. } = self;
        for ((parameter, &gradient), slot) in self.parameters.iter_mut().zip(self.gradients).zip(self.velocities) {
            let step = rate * gradient;
            let velocity = flushed(S::mul_add(momentum, *slot, -step), smallest);
            *parameter += if nesterov { S::mul_add(momentum, velocity, -step) } else { velocity };
            *slot = velocity;
        }
    }
}
