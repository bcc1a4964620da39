//! Code of the user's own that runs while a model trains.

use core::ops::ControlFlow;

use super::{Epoch, History};
use crate::evaluate::Evaluate;

/// Code of the user's own that runs while a model trains; as Keras's `Callback`. Every method may be left out.
///
/// ```
/// use core::ops::ControlFlow;
/// use mtl_core::Evaluate;
/// use mtl_core::trainer::{Callback, Epoch};
/// use std::time::Instant;
///
/// /// Ends training after the first epoch that ends later than this.
/// struct Deadline(Instant);
///
/// impl<M: Evaluate> Callback<M> for Deadline {
///     fn on_epoch_end(&mut self, _: &Epoch<M>, _: &M) -> ControlFlow<()> {
///         if Instant::now() > self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
///     }
/// }
/// ```
pub trait Callback<M: Evaluate> {
    /// Before the first epoch.
    fn on_training_begin(&mut self, model: &M) {
        let _ = model;
    }

    /// Before an epoch; its number counts from 1.
    fn on_epoch_begin(&mut self, number: usize, model: &M) {
        let _ = (number, model);
    }

    /// After a step. `Break` ends training: the epoch ends here, and is validated and recorded as any other.
    fn on_step_end(&mut self, step: &Step<'_, M>, model: &M) -> ControlFlow<()> {
        let _ = (step, model);
        ControlFlow::Continue(())
    }

    /// After an epoch and its validation. `Break` ends training.
    fn on_epoch_end(&mut self, epoch: &Epoch<M>, model: &M) -> ControlFlow<()> {
        let _ = (epoch, model);
        ControlFlow::Continue(())
    }

    /// After the last epoch, but not after an error or a panic; the model is what [`fit`](super::Trainer::fit) leaves.
    fn on_training_end(&mut self, history: &History<M>, model: &M) {
        let _ = (history, model);
    }
}

/// One step of training.
#[derive(Debug)]
pub struct Step<'a, M: Evaluate> {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step, from 1, over all epochs.
    pub number: u64,
    /// How many steps all epochs have.
    pub of: u64,
    /// The step, from 1, in its epoch.
    pub in_epoch: u64,
    /// How many steps an epoch has.
    pub steps_per_epoch: u64,
    /// Its learning rate.
    pub learning_rate: f64,
    /// The heads' mean losses over the batch, from before the step; NaN for a head that is not trained, or has no label in it.
    pub losses: &'a M::Losses,
}

/// A function as the end of a step.
pub(super) struct OnStepEnd<F>(pub(super) F);

impl<M: Evaluate, F: FnMut(&Step<'_, M>, &M) -> ControlFlow<()>> Callback<M> for OnStepEnd<F> {
    fn on_step_end(&mut self, step: &Step<'_, M>, model: &M) -> ControlFlow<()> {
        (self.0)(step, model)
    }
}

/// A function as the end of an epoch.
pub(super) struct OnEpochEnd<F>(pub(super) F);

impl<M: Evaluate, F: FnMut(&Epoch<M>, &M) -> ControlFlow<()>> Callback<M> for OnEpochEnd<F> {
    fn on_epoch_end(&mut self, epoch: &Epoch<M>, model: &M) -> ControlFlow<()> {
        (self.0)(epoch, model)
    }
}
