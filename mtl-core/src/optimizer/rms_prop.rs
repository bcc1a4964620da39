//! RMSprop.

use super::{Optimizer, SMALLEST_MOMENT, flushed};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::setting::{InvalidSetting, require, require_below_one, require_not_negative};

/// RMSprop: steps by the gradient over the root of its mean square, as Keras's `RMSprop`.
///
/// `v ← ρ v + (1−ρ) g²`, `u = η g / √(v + ε)`, `θ ← θ − u`. Centered, the variance `v − a²` with
/// `a ← ρ a + (1−ρ) g` takes the place of v. With momentum μ: `b ← μ b + u`, `θ ← θ − b`.
///
/// | hyperparameter | default |
/// |---|---|
/// | `learning_rate` η | 0.001 |
/// | `rho` ρ | 0.9 |
/// | `momentum` μ | 0 |
/// | `epsilon` ε | 1e-7 |
/// | `centered` | false |
///
/// Tieleman, Hinton 2012 (lecture 6.5); centered: Graves 2013. Slots: `v`, then `a` if centered, then `b` with momentum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RmsProp {
    learning_rate: f64,
    rho: f64,
    momentum: f64,
    epsilon: f64,
    centered: bool,
}

impl RmsProp {
    /// RMSprop with a learning rate and Keras's defaults otherwise.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self { learning_rate, rho: 0.9, momentum: 0.0, epsilon: 1e-7, centered: false }
    }

    /// The decay of the mean square, in `[0, 1)`.
    #[must_use]
    pub const fn rho(self, rho: f64) -> Self {
        Self { rho, ..self }
    }

    /// How much of the last move is kept, in `[0, 1)`.
    #[must_use]
    pub const fn momentum(self, momentum: f64) -> Self {
        Self { momentum, ..self }
    }

    /// What is added under the root: at least 1e-36, as a mean square below it counts as 0.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { epsilon, ..self }
    }

    /// Divides by the standard deviation of the gradient instead of its root mean square.
    #[must_use]
    pub const fn centered(self, centered: bool) -> Self {
        Self { centered, ..self }
    }
}

impl Default for RmsProp {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl<T: Scalar> Optimizer<T> for RmsProp {
    const SLOTS: usize = 3;

    fn slots(&self) -> usize {
        1 + usize::from(self.centered) + usize::from(self.momentum != 0.0)
    }

    fn learning_rate(&self) -> f64 {
        self.learning_rate
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require_not_negative::<T>("RmsProp::learning_rate", self.learning_rate)?;
        require_below_one::<T>("RmsProp::rho", self.rho)?;
        require_below_one::<T>("RmsProp::momentum", self.momentum)?;
        let allowed = self.epsilon >= SMALLEST_MOMENT && T::from_f64(self.epsilon).is_finite();
        require("RmsProp::epsilon", self.epsilon, allowed, "be at least 1e-36, and finite in the model's scalar")
    }

    fn update(&self, learning_rate: f64, _: u64, parameters: &mut [T], gradients: &[T], slots: [&mut [T]; 3]) {
        let rho = T::from_f64(self.rho);
        let one_minus_rho = T::from_f64(1.0 - self.rho);
        let epsilon = T::from_f64(self.epsilon);
        let step = Step {
            rate: T::from_f64(learning_rate),
            momentum: T::from_f64(self.momentum),
            rho,
            one_minus_rho,
            epsilon,
            parameters,
            gradients,
            slots,
        };
        match (self.centered, self.momentum != 0.0) {
            (false, false) => dispatch(Variant::<T, false, false>(step)),
            (false, true) => dispatch(Variant::<T, false, true>(step)),
            (true, false) => dispatch(Variant::<T, true, false>(step)),
            (true, true) => dispatch(Variant::<T, true, true>(step)),
        }
    }
}

struct Step<'a, T> {
    rate: T,
    rho: T,
    one_minus_rho: T,
    momentum: T,
    epsilon: T,
    parameters: &'a mut [T],
    gradients: &'a [T],
    slots: [&'a mut [T]; 3],
}

struct Variant<'a, T, const CENTERED: bool, const MOMENTUM: bool>(Step<'a, T>);

impl<T: Scalar, const CENTERED: bool, const MOMENTUM: bool> Kernel for Variant<'_, T, CENTERED, MOMENTUM> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let smallest = T::from_f64(SMALLEST_MOMENT);
        let Step { rate, rho, one_minus_rho, momentum, epsilon, parameters, gradients, slots: [squares, second, third] } = self.0;
        let count = parameters.len().min(gradients.len()).min(squares.len());
        let (means, moves) = if CENTERED { (second, third) } else { (third, second) };
        // Cut to one length, so that the loop below has no bounds to check. A slot that this variant has no use for may be empty.
        let (parameters, gradients, squares) = (&mut parameters[..count], &gradients[..count], &mut squares[..count]);
        let means = if CENTERED { &mut means[..count] } else { means };
        let moves = if MOMENTUM { &mut moves[..count] } else { moves };
        for index in 0..count {
            let gradient = gradients[index];
            let square = flushed(S::mul_add(gradient * gradient, one_minus_rho, rho * squares[index]), smallest);
            squares[index] = square;
            let mut variance = square;
            if CENTERED {
                let mean = flushed(S::mul_add(gradient, one_minus_rho, rho * means[index]), smallest);
                means[index] = mean;
                // Rounding makes the variance of equal gradients negative, by more than ε where they are large.
                let spread = S::mul_add(-mean, mean, square);
                variance = if spread > T::ZERO { spread } else { T::ZERO };
            }
            let mut step = rate * gradient / (variance + epsilon).sqrt();
            if MOMENTUM {
                step = flushed(S::mul_add(momentum, moves[index], step), smallest);
                moves[index] = step;
            }
            parameters[index] -= step;
        }
    }
}
