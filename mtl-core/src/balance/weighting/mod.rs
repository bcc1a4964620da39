//! Strategies that weight the tasks' losses, one a file.

mod dynamic_weight_average;
mod famo;
mod fixed_weights;
mod geometric_mean;
mod grad_norm;
mod imtl_l;
mod random_weights;
mod smooth_tchebycheff;
mod uncertainty;

crate::every::every! {
    dynamic_weight_average::DynamicWeightAverage,
    famo::Famo,
    fixed_weights::FixedWeights,
    geometric_mean::GeometricMean,
    grad_norm::GradNorm,
    imtl_l::ImtlL,
    random_weights::RandomWeights,
    smooth_tchebycheff::SmoothTchebycheff,
    uncertainty::Uncertainty,
}

use core::fmt::Debug;

use super::{BalanceError, MAX_TASKS, StateUnknown, VisitState};
use crate::model::HeadSet;
use crate::setting::{InvalidSetting, require};

/// What a loss weighting must be told in a step, beside the losses that it learns afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// This step's losses before the backward pass, for [`LossWeighting::weights`].
    pub losses: bool,
    /// The norms of the tasks' gradients over the shared parameters, for [`LossWeighting::update`].
    pub gradient_norms: bool,
    /// The losses of the same batch after the optimizer's step, for [`LossWeighting::update`].
    pub losses_after: bool,
}

/// What happened in a training step.
#[derive(Clone, Copy, Debug)]
pub struct StepReport<'a> {
    /// The loss of each task, without its weight.
    pub losses: &'a [f64],
    /// The tasks that had a label.
    pub present: HeadSet,
    /// The norm `‖gᵢ‖` of each task's gradient over the shared parameters, without its weight.
    pub gradient_norms: Option<&'a [f64]>,
    /// The loss of each task on the same batch after the step.
    pub losses_after: Option<&'a [f64]>,
    /// The learning rate of the model's optimizer in this step.
    pub learning_rate: f64,
}

/// A strategy that weights the tasks' losses.
///
/// Losses, weights and norms are slices with one value a task, absent ones included; values of absent tasks mean nothing, and their weight is 0.
/// For one of your own, implement [`weights`](Self::weights), and [`state`](Self::state) where trainings are saved. Its `Debug` shows its
/// hyperparameters, which a checkpoint compares: derive it. What `state` shows is left out of that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a weighting of losses",
    note = "a weighting is a value such as `mtl::balance::DynamicWeightAverage::default()`; strategies from gradients are given to `Trainer::direction`"
)]
pub trait LossWeighting: Send + Debug {
    /// What the strategy must be told.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Looks at the hyperparameters: asked before training begins.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for the first that the strategy cannot work with; none unless it is implemented.
    fn check(&self) -> Result<(), InvalidSetting> {
        Ok(())
    }

    /// Whether the strategy is defined for these losses: asked in every step, before the parameters move.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LossTooSmall`] or another; none unless it is implemented.
    fn check_losses(&self, losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        let _ = (losses, present);
        Ok(())
    }

    /// The weights of a step: the derivative of the strategy's objective with respect to each loss.
    ///
    /// `losses` are this step's where [`needs`](Self::needs) asks for them; else they are not read.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError>;

    /// Learns from a step, after the optimizer's.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn update(&mut self, step: &StepReport<'_>) -> Result<(), BalanceError> {
        let _ = step;
        Ok(())
    }

    /// Learns from an epoch: `present` are the tasks that had a label in it, `mean_losses` their mean training losses.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn epoch_end(&mut self, mean_losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        let _ = (mean_losses, present);
        Ok(())
    }

    /// Shows all that the strategy keeps from step to step, in parts that have the same names and lengths in every step of a training:
    /// to be written to a checkpoint, or to be overwritten by what was written. Hyperparameters are no part of it.
    ///
    /// A strategy that keeps nothing returns `Ok(())`.
    ///
    /// # Errors
    ///
    /// [`StateUnknown`], unless it is implemented.
    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        let _ = visit;
        Err(StateUnknown)
    }
}

/// Declares a pointer to a loss weighting to be one: lent, what it has learned can be read after training; boxed, it is chosen at run time.
macro_rules! pointer {
    ($(#[$attribute:meta])* $pointer:ty) => {
        $(#[$attribute])*
        impl<W: LossWeighting + ?Sized> LossWeighting for $pointer {
            fn needs(&self) -> Needs {
                (**self).needs()
            }
            fn check(&self) -> Result<(), InvalidSetting> {
                (**self).check()
            }
            fn check_losses(&self, losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
                (**self).check_losses(losses, present)
            }
            fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
                (**self).weights(losses, present, weights)
            }
            fn update(&mut self, step: &StepReport<'_>) -> Result<(), BalanceError> {
                (**self).update(step)
            }
            fn epoch_end(&mut self, mean_losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
                (**self).epoch_end(mean_losses, present)
            }
            fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
                (**self).state(visit)
            }
        }
    };
}
pointer!(&mut W);
pointer!(
    #[cfg(feature = "std")]
    std::boxed::Box<W>
);

/// A learning rate of a strategy's own, where it has one.
fn check_rate(setting: &'static str, learning_rate: Option<f64>) -> Result<(), InvalidSetting> {
    learning_rate.map_or(Ok(()), |rate| require(setting, rate, rate > 0.0, "be above 0 and finite"))
}

/// What was given by task, of which there may be too many.
fn first(values: &[f64; MAX_TASKS], given: usize) -> &[f64] {
    &values[..given.min(MAX_TASKS)]
}
