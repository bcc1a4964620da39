use super::check_rate;
use crate::balance::task_adam::TaskAdam;
use crate::balance::{
    BalanceError, LossWeighting, MAX_TASKS, SMALLEST_LOSS, State, StateUnknown, StepReport, VisitState, check_length, check_losses, check_tasks,
};
use crate::model::HeadSet;
use crate::setting::InvalidSetting;

/// Impartial loss balance (IMTL-L): `Σ e^(sᵢ) Lᵢ − sᵢ`, a sum over the tasks, with learned log scales `sᵢ` that begin at 0.
///
/// The weights are `e^(sᵢ)`, and `∂/∂sᵢ = e^(sᵢ) Lᵢ − 1`: every task's weighted loss tends to 1.
/// s moves by Adam, with the learning rate of the model's optimizer where none is given. A loss below 1e-8 counts as 1e-8, so that the weight of a
/// task that is solved does not grow without bound.
///
/// Liu et al.: Towards Impartial Multi-task Learning, ICLR 2021.
///
/// # Errors
///
/// [`BalanceError::LossTooSmall`] for a negative loss: s, and the weight with it, would grow for ever.
#[derive(Clone, Debug)]
pub struct ImtlL {
    log_scales: [f64; MAX_TASKS],
    adam: TaskAdam,
    learning_rate: Option<f64>,
}

impl Default for ImtlL {
    fn default() -> Self {
        Self::new()
    }
}

impl ImtlL {
    /// With `sᵢ = 0`.
    #[must_use]
    pub const fn new() -> Self {
        Self { log_scales: [0.0; MAX_TASKS], adam: TaskAdam::new(), learning_rate: None }
    }

    /// A learning rate of its own.
    ///
    /// It must be above 0 and finite.
    #[must_use]
    pub const fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate: Some(learning_rate), ..self }
    }

    /// The log scales `sᵢ`; [`MAX_TASKS`] of them, of which the first are the model's.
    #[must_use]
    pub fn log_scales(&self) -> &[f64] {
        &self.log_scales
    }
}

impl LossWeighting for ImtlL {
    fn check(&self) -> Result<(), InvalidSetting> {
        check_rate("ImtlL::learning_rate", self.learning_rate)
    }

    fn check_losses(&self, losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        check_losses(losses, present, 0.0)
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_tasks(weights.len())?;
        check_length("losses", weights.len(), losses.len())?;
        for (task, weight) in weights.iter_mut().enumerate() {
            *weight = if present.contains(task) { libm::exp(self.log_scales[task]) } else { 0.0 };
        }
        Ok(())
    }

    fn update(&mut self, step: &StepReport<'_>) -> Result<(), BalanceError> {
        self.check_losses(step.losses, step.present)?;
        let learning_rate = self.learning_rate.unwrap_or(step.learning_rate);
        for (task, &loss) in step.losses.iter().enumerate().filter(|&(task, _)| step.present.contains(task)) {
            let s = &mut self.log_scales[task];
            let gradient = libm::exp(*s) * loss.max(SMALLEST_LOSS) - 1.0;
            self.adam.step(task, s, gradient, learning_rate);
        }
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("log_scales", State::Numbers(&mut self.log_scales));
        self.adam.state(visit);
        Ok(())
    }
}
