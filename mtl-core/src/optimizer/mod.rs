//! Optimizers: how a gradient moves the parameters.
//!
//! Names, defaults and formulas are Keras 3's. An optimizer is its hyperparameters alone; what it remembers lives in
//! slots of the parameters' size that the caller provides, so that training needs no allocator:
//!
//! ```
//! use mtl_core::optimizer::{Adam, Optimizer};
//!
//! let adam = Adam::new(0.01);
//! let mut parameters = [1.0_f32, -2.0];
//! let (mut mean, mut square) = ([0.0_f32; 2], [0.0_f32; 2]);
//! for step in 1..=10 {
//!     let gradients = parameters; // of ½ Σ x²
//!     adam.update(0.01, step, &mut parameters, &gradients, [&mut mean, &mut square, &mut []]);
//! }
//! assert!(parameters[0] < 0.91 && parameters[1] > -1.91);
//! ```

mod adagrad;
mod adam;
mod adamw;
mod descent;
mod lion;
mod rms_prop;
mod sgd;

crate::every::every! {
    adagrad::AdaGrad,
    adam::Adam,
    adamw::AdamW,
    lion::Lion,
    rms_prop::RmsProp,
    sgd::Sgd,
}
pub(crate) use descent::{all_finite, copy as copy_scalars, descend, each_is_finite};

use core::fmt::Debug;

use crate::kernel::scalar::Scalar;
use crate::setting::{InvalidSetting, require_not_negative};

/// How a gradient moves the parameters.
///
/// Implement it for an optimizer of your own: `update` sees a stretch of the parameters, the same stretch of the
/// gradient and of each slot, and treats every element alike. Its `Debug` shows its hyperparameters, which a checkpoint compares: derive it.
///
/// Hyperparameters are checked by [`check`](Self::check): before the first step by the trainer and in meta-learning, in every step by
/// [`Stepper::step`](crate::stepper::Stepper::step). Call it before the first [`update`](Self::update) of your own, which trusts them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an optimizer",
    note = "an optimizer is a value such as `Adam::new(1e-3)`, `AdamW::new(1e-3)` or `Sgd::new(0.01)`"
)]
pub trait Optimizer<T: Scalar>: Debug {
    /// How many numbers it can have to remember for each parameter: 3 at most.
    const SLOTS: usize;

    /// How many slots it needs with these hyperparameters.
    fn slots(&self) -> usize {
        Self::SLOTS
    }

    /// The learning rate that a schedule starts from.
    fn learning_rate(&self) -> f64;

    /// Whether every hyperparameter is what it must be, as rounded to `T`.
    ///
    /// # Errors
    ///
    /// The first that is not. Unless it is implemented, the learning rate alone is looked at.
    fn check(&self) -> Result<(), InvalidSetting> {
        require_not_negative::<T>("Optimizer::learning_rate", self.learning_rate())
    }

    /// Moves `parameters` against `gradients`.
    ///
    /// `learning_rate` is that of this step. `step` counts from 1. The first [`slots`](Self::slots) of `slots` have
    /// the length of `parameters`, the others may be empty; all are 0 before the first step.
    fn update(&self, learning_rate: f64, step: u64, parameters: &mut [T], gradients: &[T], slots: [&mut [T]; 3]);
}

/// A moment that decays towards 0 stops here: below, in `f32`, are denormal numbers, on which processors are slow.
///
/// The square root of what is dropped is 1e-18, far below the `epsilon` that is added to it.
#[inline(always)]
fn flushed<T: Scalar>(moment: T, smallest: T) -> T {
    if moment.abs() < smallest { T::ZERO } else { moment }
}

/// See [`flushed`].
const SMALLEST_MOMENT: f64 = 1e-36;

#[cfg(test)]
mod tests;
