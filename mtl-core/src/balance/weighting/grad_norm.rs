use super::check_rate;
use crate::balance::task_adam::TaskAdam;
use crate::balance::{
    BalanceError, LossWeighting, MAX_TASKS, Needs, State, StateUnknown, StepReport, VisitState, check_length, check_losses, check_tasks,
    count_present, softmax_present,
};
use crate::model::HeadSet;
use crate::setting::{InvalidSetting, require};

/// GradNorm: `Σ wᵢ Lᵢ`, a sum over the tasks, with `w = T softmax(s)` such that all tasks train at a similar rate.
///
/// With `Gᵢ = ‖wᵢ gᵢ‖` over the shared parameters, Ḡ their mean, and `rᵢ = (Lᵢ/Lᵢ⁰) / mean(L/L⁰)`, s is learned on `Σ |Gᵢ − sg(Ḡ rᵢ^α)|`, whose second term is held constant;
/// by Adam, with the learning rate of the model's optimizer where none is given. L⁰ is the first epoch's mean loss; in that epoch all weights are 1.
/// A task that first has labels in a later epoch takes part in the learning after that one.
///
/// Chen et al.: GradNorm: Gradient Normalization for Adaptive Loss Balancing in Deep Multitask Networks, ICML 2018.
#[derive(Clone, Debug)]
pub struct GradNorm {
    scores: [f64; MAX_TASKS],
    initial: [f64; MAX_TASKS],
    started: HeadSet,
    adam: TaskAdam,
    alpha: f64,
    learning_rate: Option<f64>,
}

impl Default for GradNorm {
    fn default() -> Self {
        Self::new()
    }
}

impl GradNorm {
    /// With α = 1.5.
    #[must_use]
    pub const fn new() -> Self {
        Self { scores: [0.0; MAX_TASKS], initial: [0.0; MAX_TASKS], started: HeadSet::NONE, adam: TaskAdam::new(), alpha: 1.5, learning_rate: None }
    }

    /// How strongly tasks that lag behind are favoured, α.
    ///
    /// It must be finite and at least 0.
    #[must_use]
    pub const fn alpha(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// A learning rate of its own.
    ///
    /// It must be above 0 and finite.
    #[must_use]
    pub const fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate: Some(learning_rate), ..self }
    }
}

impl LossWeighting for GradNorm {
    fn check(&self) -> Result<(), InvalidSetting> {
        require("GradNorm::alpha", self.alpha, self.alpha >= 0.0, "be finite and at least 0")?;
        check_rate("GradNorm::learning_rate", self.learning_rate)
    }

    fn needs(&self) -> Needs {
        Needs { gradient_norms: true, ..Needs::default() }
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_tasks(weights.len())?;
        check_length("losses", weights.len(), losses.len())?;
        softmax_present(&self.scores, present, count_present(weights.len(), present) as f64, weights);
        Ok(())
    }

    fn update(&mut self, step: &StepReport<'_>) -> Result<(), BalanceError> {
        let norms = step.gradient_norms.ok_or(BalanceError::NotMeasured { what: "the norms of the tasks' gradients" })?;
        let count = step.losses.len();
        check_length("gradient norms", count, norms.len())?;
        check_losses(step.losses, step.present, f64::NEG_INFINITY)?;
        let active = HeadSet(step.present.0 & self.started.0);
        let tasks = || (0..count).filter(|&task| active.contains(task));
        if let Some(task) = tasks().find(|&task| !norms[task].is_finite()) {
            return Err(BalanceError::GradientNotFinite { task });
        }
        let number = count_present(count, active) as f64;
        if number < 2.0 {
            return Ok(());
        }
        let mut weights = [0.0; MAX_TASKS];
        softmax_present(&self.scores, active, number, &mut weights[..count]);
        let mean_norm = tasks().map(|task| weights[task] * norms[task]).sum::<f64>() / number;
        // A loss that began at 0 or below has no rate: it counts as one that stayed where it was.
        let rate = |task: usize| {
            let ratio = step.losses[task] / self.initial[task];
            if self.initial[task] > 0.0 && ratio.is_finite() { ratio.max(0.0) } else { 1.0 }
        };
        let mean_rate = tasks().map(rate).sum::<f64>() / number;
        let mut slopes = [0.0; MAX_TASKS];
        for task in tasks() {
            let relative = if mean_rate > 0.0 { rate(task) / mean_rate } else { 1.0 };
            let difference = weights[task] * norms[task] - mean_norm * libm::pow(relative, self.alpha);
            // 0 for NaN, of no gradient times an infinite power.
            let sign = f64::from(i8::from(difference > 0.0) - i8::from(difference < 0.0));
            slopes[task] = sign * norms[task] * weights[task];
        }
        let total: f64 = slopes.iter().sum();
        let learning_rate = self.learning_rate.unwrap_or(step.learning_rate);
        for task in tasks() {
            // ∂wᵢ/∂sⱼ = wᵢ (δᵢⱼ − wⱼ/T).
            let gradient = slopes[task] - weights[task] / number * total;
            self.adam.step(task, &mut self.scores[task], gradient, learning_rate);
        }
        Ok(())
    }

    fn epoch_end(&mut self, mean_losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        check_losses(mean_losses, present, f64::NEG_INFINITY)?;
        for (task, &mean) in mean_losses.iter().enumerate() {
            if present.contains(task) && !self.started.contains(task) {
                self.initial[task] = mean;
                self.started = HeadSet(self.started.0 | HeadSet::only(task).0);
            }
        }
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("scores", State::Numbers(&mut self.scores));
        visit("initial", State::Numbers(&mut self.initial));
        visit("started", State::Words(core::slice::from_mut(&mut self.started.0)));
        self.adam.state(visit);
        Ok(())
    }
}
