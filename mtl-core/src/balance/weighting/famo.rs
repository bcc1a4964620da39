use super::{check_rate, first};
use crate::balance::task_adam::TaskAdam;
use crate::balance::{
    BalanceError, LossWeighting, MAX_TASKS, Needs, State, StateUnknown, StepReport, VisitState, check_given, check_length, check_losses,
    softmax_present,
};
use crate::model::HeadSet;
use crate::setting::{InvalidSetting, require};

/// What is added to losses before their logarithm.
const EPSILON: f64 = 1e-8;

/// Fast adaptive multitask optimization (FAMO): every task's loss falls at the same relative rate, without a gradient for each.
///
/// The objective is `Σ zᵢ ln Dᵢ / sg(Σ zᵢ/Dᵢ)` with `z = softmax(w)`, `D = L − L_min + 1e-8`, and `sg` held constant; so the weights
/// are `(zᵢ/Dᵢ) / Σ zⱼ/Dⱼ`, of sum 1: a mean over the tasks. After the step, w moves by Adam (rate 0.025, decay 1e-3 added to the gradient) against
/// `J_softmaxᵀ (ln D before − ln D after)`, from the same batch: a task that fell less gains weight.
///
/// Liu et al.: FAMO: Fast Adaptive Multitask Optimization, NeurIPS 2023.
///
/// # Errors
///
/// [`BalanceError::LossTooSmall`] for a loss below its minimum.
#[derive(Clone, Debug)]
pub struct Famo {
    scores: [f64; MAX_TASKS],
    least: [f64; MAX_TASKS],
    /// For how many tasks they were given.
    given: usize,
    adam: TaskAdam,
    learning_rate: f64,
    decay: f64,
}

impl Default for Famo {
    fn default() -> Self {
        Self::new()
    }
}

impl Famo {
    /// With a learning rate of 0.025, a decay of 1e-3, and minima of 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { scores: [0.0; MAX_TASKS], least: [0.0; MAX_TASKS], given: 0, adam: TaskAdam::new(), learning_rate: 0.025, decay: 1e-3 }
    }

    /// The learning rate of w.
    ///
    /// It must be above 0 and finite.
    #[must_use]
    pub const fn learning_rate(self, learning_rate: f64) -> Self {
        Self { learning_rate, ..self }
    }

    /// How much of w is added to its gradient.
    ///
    /// It must be finite and at least 0.
    #[must_use]
    pub const fn decay(self, decay: f64) -> Self {
        Self { decay, ..self }
    }

    /// The least values that the losses can take, by task; 0 for tasks beyond. For losses that can be negative.
    ///
    /// They must be finite.
    #[must_use]
    pub fn least_losses(mut self, least: &[f64]) -> Self {
        self.least.iter_mut().zip(least).for_each(|(kept, &least)| *kept = least);
        self.given = least.len();
        self
    }

    /// `L − L_min + 1e-8` of a task.
    fn distance(&self, task: usize, loss: f64) -> Result<f64, BalanceError> {
        let least = self.least[task];
        if loss < least { Err(BalanceError::LossTooSmall { task, loss, least }) } else { Ok(loss - least + EPSILON) }
    }
}

impl LossWeighting for Famo {
    fn check(&self) -> Result<(), InvalidSetting> {
        check_rate("Famo::learning_rate", Some(self.learning_rate))?;
        require("Famo::decay", self.decay, self.decay >= 0.0, "be finite and at least 0")?;
        first(&self.least, self.given).iter().try_for_each(|&least| require("Famo::least_losses", least, true, "be finite"))
    }

    fn needs(&self) -> Needs {
        Needs { losses: true, losses_after: true, ..Needs::default() }
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_length("losses", weights.len(), losses.len())?;
        check_given("least losses", weights.len(), self.given)?;
        check_losses(losses, present, f64::NEG_INFINITY)?;
        // z/D normalised is the softmax of w − ln D.
        let mut scores = self.scores;
        for (task, &loss) in losses.iter().enumerate().filter(|&(task, _)| present.contains(task)) {
            scores[task] -= libm::log(self.distance(task, loss)?);
        }
        softmax_present(&scores, present, 1.0, weights);
        Ok(())
    }

    fn update(&mut self, step: &StepReport<'_>) -> Result<(), BalanceError> {
        let after = step.losses_after.ok_or(BalanceError::NotMeasured { what: "the losses of the batch after the step" })?;
        let (count, present) = (step.losses.len(), step.present);
        check_length("losses after the step", count, after.len())?;
        check_losses(step.losses, present, f64::NEG_INFINITY)?;
        check_losses(after, present, f64::NEG_INFINITY)?;
        let mut fall = [0.0; MAX_TASKS];
        for task in (0..count).filter(|&task| present.contains(task)) {
            fall[task] = libm::log(self.distance(task, step.losses[task])?) - libm::log(self.distance(task, after[task])?);
        }
        let mut z = [0.0; MAX_TASKS];
        softmax_present(&self.scores, present, 1.0, &mut z[..count]);
        let mean: f64 = z.iter().zip(&fall).map(|(z, fall)| z * fall).sum();
        for task in (0..count).filter(|&task| present.contains(task)) {
            let score = &mut self.scores[task];
            let gradient = z[task] * (fall[task] - mean) + self.decay * *score;
            self.adam.step(task, score, gradient, self.learning_rate);
        }
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("scores", State::Numbers(&mut self.scores));
        self.adam.state(visit);
        Ok(())
    }
}
