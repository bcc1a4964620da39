//! Learning-rate schedules: the factor by which the optimizer's learning rate is multiplied as training goes on.
//!
//! A schedule is relative, so that the rate is said once, at the optimizer:
//! `Trainer::new(Adam::new(3e-3)).schedule(Cosine::default().warm_up(Span::Epochs(2)))`.
//!
//! Steps count from 0. Over a span of n steps the factors are
//!
//! | schedule | step 0 | highest | step n − 1, the last of the span | step n and later |
//! |---|---|---|---|---|
//! | [`Constant`] | 1 | 1 | 1 | 1 |
//! | [`StepDecay`] of n steps an epoch | 1 | 1 | 1 | `factor`, then its powers |
//! | [`ExponentialDecay`] | 1 | 1 | `rate^((n−1)/n)`; 1 as a staircase | `rate`, then on |
//! | [`Cosine`] | 1 | 1 | one step above `floor` | `floor` |
//! | [`CosineRestarts`] | 1 | 1 | one step above `floor` | the next cycle, from `floor + (1 − floor) shrink` |
//! | [`WarmUp`] | 1/n | 1 | 1 | what comes after it, from its step 0 |
//! | [`OneCycle`] | 1/25 | 1, at step 0.3 n − 1 | 4e-6 | 4e-6 |
//!
//! Those of Keras reach their end one step after the span, as Keras defines them: with the whole training as the span, no step is lost on
//! a rate of 0. [`OneCycle`] reaches it in the last step, as PyTorch defines it. [`ReduceOnPlateau`] has no span.

mod constant;
mod cosine;
mod cosine_restarts;
mod exponential_decay;
mod one_cycle;
mod reduce_on_plateau;
mod step_decay;
#[cfg(test)]
mod tests;
mod warm_up;

crate::every::every! {
    constant::Constant,
    cosine::Cosine,
    cosine_restarts::CosineRestarts,
    exponential_decay::ExponentialDecay,
    one_cycle::OneCycle,
    reduce_on_plateau::ReduceOnPlateau,
    step_decay::StepDecay,
    warm_up::WarmUp,
}

use core::f64::consts::PI;
use core::fmt::Debug;

use crate::setting::{InvalidSetting, require};

/// Where training stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// The steps taken so far, over all epochs.
    pub step: u64,
    /// The steps that training is to have.
    pub steps: u64,
    /// The steps in an epoch, at least 1.
    pub steps_per_epoch: u64,
}

impl Progress {
    /// The epochs finished so far.
    #[must_use]
    pub const fn epoch(&self) -> u64 {
        self.step / if self.steps_per_epoch == 0 { 1 } else { self.steps_per_epoch }
    }
}

/// A stretch of training.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Span {
    /// All of it.
    Training,
    /// So many epochs.
    Epochs(u64),
    /// So many steps.
    Steps(u64),
}

impl Span {
    /// How many steps it has.
    #[must_use]
    pub const fn steps(self, progress: &Progress) -> u64 {
        match self {
            Self::Training => progress.steps,
            Self::Epochs(epochs) => epochs.saturating_mul(progress.steps_per_epoch),
            Self::Steps(steps) => steps,
        }
    }

    /// A span that is named has a step at least.
    fn check(self, setting: &'static str) -> Result<(), InvalidSetting> {
        match self {
            Self::Epochs(0) | Self::Steps(0) => Err(InvalidSetting { setting, value: 0.0, must: "have at least one step" }),
            Self::Training | Self::Epochs(_) | Self::Steps(_) => Ok(()),
        }
    }

    /// How much of the span is over after `step` steps: 1 after its end, and for an empty span.
    fn fraction(self, step: u64, progress: &Progress) -> f64 {
        let steps = self.steps(progress);
        if step >= steps { 1.0 } else { step as f64 / steps as f64 }
    }
}

/// The course of the learning rate. Implement it for one of your own; its `Debug` shows its settings, which a checkpoint compares: derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a schedule of the learning rate",
    note = "a schedule is a value such as `mtl::schedule::Cosine::default()`"
)]
pub trait Schedule: Debug {
    /// The factor on the optimizer's learning rate for the step that comes next.
    fn factor(&self, progress: Progress) -> f64;

    /// Whether every setting is what it must be. The trainer asks before training.
    ///
    /// # Errors
    ///
    /// The first that is not; none unless it is implemented.
    fn check(&self) -> Result<(), InvalidSetting> {
        Ok(())
    }

    /// Called at the end of each epoch with the combined loss on the validation data, or on the training data where
    /// there are none.
    fn observe(&mut self, loss: f64) {
        let _ = loss;
    }

    /// Called before an epoch whose losses cannot be compared with those before it: other heads are trained, or, where there are no validation
    /// data, a curriculum draws from other rows. What goes by the losses starts anew.
    fn start_anew(&mut self) {}

    /// Called before training: forget what was observed.
    fn restart(&mut self) {}

    /// Puts a linear rise from 0 in front; this schedule then begins where the rise ends.
    fn warm_up(self, span: Span) -> WarmUp<Self>
    where
        Self: Sized,
    {
        WarmUp { span, after: self }
    }
}

fn check_factor(setting: &'static str, factor: f64) -> Result<(), InvalidSetting> {
    require(setting, factor, factor > 0.0, "be above 0 and finite")
}

fn check_fraction(setting: &'static str, fraction: f64) -> Result<(), InvalidSetting> {
    require(setting, fraction, (0.0..=1.0).contains(&fraction), "be at least 0 and at most 1")
}

/// From 1 at 0 down to 0 at 1.
fn half_cosine(fraction: f64) -> f64 {
    0.5 * (1.0 + libm::cos(PI * fraction))
}
