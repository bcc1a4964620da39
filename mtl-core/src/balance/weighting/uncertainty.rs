use super::check_rate;
use crate::balance::task_adam::TaskAdam;
use crate::balance::{
    BalanceError, LossWeighting, MAX_TASKS, SMALLEST_LOSS, State, StateUnknown, StepReport, VisitState, check_length, check_losses, check_tasks,
};
use crate::model::HeadSet;
use crate::setting::InvalidSetting;

/// Uncertainty weighting: `Σ ½ e^(−sᵢ) Lᵢ + ½ sᵢ`, a sum over the tasks, with learned log variances `sᵢ` that begin at 0.
///
/// The weights are `½ e^(−sᵢ)`, and `∂/∂sᵢ = ½ (1 − e^(−sᵢ) Lᵢ)`: a task of lasting loss L settles at `s = ln L`, weight `1/2L`.
/// s moves by Adam, with the learning rate of the model's optimizer where none is given. A loss below 1e-8 counts as 1e-8, so that the weight of a
/// task that is solved does not grow without bound.
///
/// Kendall, Gal, Cipolla: Multi-Task Learning Using Uncertainty to Weigh Losses for Scene Geometry and Semantics, CVPR 2018.
///
/// # Errors
///
/// [`BalanceError::LossTooSmall`] for a negative loss: s would fall, and the weight grow, for ever.
#[derive(Clone, Debug)]
pub struct Uncertainty {
    log_variances: [f64; MAX_TASKS],
    adam: TaskAdam,
    learning_rate: Option<f64>,
}

impl Default for Uncertainty {
    fn default() -> Self {
        Self::new()
    }
}

impl Uncertainty {
    /// With `sᵢ = 0`.
    #[must_use]
    pub const fn new() -> Self {
        Self { log_variances: [0.0; MAX_TASKS], adam: TaskAdam::new(), learning_rate: None }
    }

    /// A learning rate of its own.
    ///
    /// It must be above 0 and finite.
    #[must_use]
    pub const fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate: Some(learning_rate), ..self }
    }

    /// The log variances `sᵢ`; [`MAX_TASKS`] of them, of which the first are the model's.
    #[must_use]
    pub fn log_variances(&self) -> &[f64] {
        &self.log_variances
    }
}

impl LossWeighting for Uncertainty {
    fn check(&self) -> Result<(), InvalidSetting> {
        check_rate("Uncertainty::learning_rate", self.learning_rate)
    }

    fn check_losses(&self, losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        check_losses(losses, present, 0.0)
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_tasks(weights.len())?;
        check_length("losses", weights.len(), losses.len())?;
        for (task, weight) in weights.iter_mut().enumerate() {
            *weight = if present.contains(task) { 0.5 * libm::exp(-self.log_variances[task]) } else { 0.0 };
        }
        Ok(())
    }

    fn update(&mut self, step: &StepReport<'_>) -> Result<(), BalanceError> {
        self.check_losses(step.losses, step.present)?;
        let learning_rate = self.learning_rate.unwrap_or(step.learning_rate);
        for (task, &loss) in step.losses.iter().enumerate().filter(|&(task, _)| step.present.contains(task)) {
            let s = &mut self.log_variances[task];
            let gradient = 0.5 - 0.5 * libm::exp(-*s) * loss.max(SMALLEST_LOSS);
            self.adam.step(task, s, gradient, learning_rate);
        }
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("log_variances", State::Numbers(&mut self.log_variances));
        self.adam.state(visit);
        Ok(())
    }
}
