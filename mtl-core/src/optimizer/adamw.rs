//! Adam with decoupled weight decay.

use super::{Adam, Optimizer};
use crate::kernel::scalar::Scalar;
use crate::setting::{InvalidSetting, require};

/// Adam with weight decay that is decoupled from the gradient, as Keras's `AdamW`.
///
/// `θ ← θ − η λ θ`, then a step of [`Adam`]. As in Keras every trained parameter decays, biases too.
///
/// | hyperparameter | default |
/// |---|---|
/// | `learning_rate` η | 0.001 |
/// | `weight_decay` λ | 0.004 |
/// | `beta_1`, `beta_2`, `epsilon` | 0.9, 0.999, 1e-7 |
///
/// Loshchilov, Hutter 2017. Slots: as [`Adam`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamW {
    adam: Adam,
    weight_decay: f64,
}

impl AdamW {
    /// AdamW with a learning rate and Keras's defaults otherwise.
    #[must_use]
    pub const fn new(learning_rate: f64) -> Self {
        Self { adam: Adam::new(learning_rate), weight_decay: 0.004 }
    }

    /// λ: the part of a parameter that it loses in a step, over the learning rate; so `η λ` is 1 at most.
    #[must_use]
    pub const fn weight_decay(self, weight_decay: f64) -> Self {
        Self { weight_decay, ..self }
    }

    /// The decay of the mean of the gradient, in `[0, 1)`.
    #[must_use]
    pub const fn beta_1(self, beta_1: f64) -> Self {
        Self { adam: self.adam.beta_1(beta_1), ..self }
    }

    /// The decay of the mean of its square, in `[0, 1)`.
    #[must_use]
    pub const fn beta_2(self, beta_2: f64) -> Self {
        Self { adam: self.adam.beta_2(beta_2), ..self }
    }

    /// What is added to the root of the mean square: at least 1e-18, as a root below it counts as 0.
    #[must_use]
    pub const fn epsilon(self, epsilon: f64) -> Self {
        Self { adam: self.adam.epsilon(epsilon), ..self }
    }
}

impl Default for AdamW {
    fn default() -> Self {
        Self::new(0.001)
    }
}

impl<T: Scalar> Optimizer<T> for AdamW {
    const SLOTS: usize = <Adam as Optimizer<T>>::SLOTS;

    fn learning_rate(&self) -> f64 {
        Optimizer::<T>::learning_rate(&self.adam)
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.adam.check_named::<T>(["AdamW::learning_rate", "AdamW::beta_1", "AdamW::beta_2", "AdamW::epsilon"])?;
        let allowed = self.weight_decay >= 0.0 && self.weight_decay * Optimizer::<T>::learning_rate(self) <= 1.0;
        require("AdamW::weight_decay", self.weight_decay, allowed, "be at least 0, and at most 1 over the learning rate")
    }

    fn update(&self, learning_rate: f64, step: u64, parameters: &mut [T], gradients: &[T], slots: [&mut [T]; 3]) {
        self.adam.update_decayed(1.0 - learning_rate * self.weight_decay, learning_rate, step, parameters, gradients, slots);
    }
}
