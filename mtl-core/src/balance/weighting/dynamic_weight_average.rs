use crate::balance::{
    BalanceError, LossWeighting, MAX_TASKS, State, StateUnknown, VisitState, check_length, check_losses, check_tasks, count_present, softmax_present,
};
use crate::model::HeadSet;
use crate::setting::{InvalidSetting, require};

/// Dynamic weight average: `Σ λᵢ Lᵢ`, a sum over the tasks, with `λ = T softmax(r/τ)`, `rᵢ = L̄ᵢ(t−1)/L̄ᵢ(t−2)` of the last two epochs' mean losses.
///
/// A task whose loss falls more slowly weighs more. A task without two epochs yet, or with a mean that is negative or was 0, counts as r = 1:
/// in the first two epochs all weights are 1. An epoch without a label for a task does not count for it.
///
/// Liu, Johns, Davison: End-to-End Multi-Task Learning with Attention, CVPR 2019.
#[derive(Clone, Debug)]
pub struct DynamicWeightAverage {
    temperature: f64,
    /// Mean losses; NaN before there are any.
    last: [f64; MAX_TASKS],
    before_last: [f64; MAX_TASKS],
}

impl Default for DynamicWeightAverage {
    fn default() -> Self {
        Self::new()
    }
}

impl DynamicWeightAverage {
    /// With τ = 2.
    #[must_use]
    pub const fn new() -> Self {
        Self { temperature: 2.0, last: [f64::NAN; MAX_TASKS], before_last: [f64::NAN; MAX_TASKS] }
    }

    /// The temperature τ: the larger, the more even the weights.
    ///
    /// It must be above 0 and finite.
    #[must_use]
    pub const fn temperature(self, temperature: f64) -> Self {
        Self { temperature, ..self }
    }
}

impl LossWeighting for DynamicWeightAverage {
    fn check(&self) -> Result<(), InvalidSetting> {
        require("DynamicWeightAverage::temperature", self.temperature, self.temperature > 0.0, "be above 0 and finite")
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_tasks(weights.len())?;
        check_length("losses", weights.len(), losses.len())?;
        let mut scores = [0.0; MAX_TASKS];
        for (task, score) in scores.iter_mut().enumerate() {
            let ratio = self.last[task] / self.before_last[task];
            let defined = self.before_last[task] > 0.0 && self.last[task] >= 0.0 && ratio.is_finite();
            *score = (if defined { ratio } else { 1.0 }) / self.temperature;
        }
        softmax_present(&scores, present, count_present(weights.len(), present) as f64, weights);
        Ok(())
    }

    fn epoch_end(&mut self, mean_losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        check_losses(mean_losses, present, f64::NEG_INFINITY)?;
        for (task, &mean) in mean_losses.iter().enumerate().filter(|&(task, _)| present.contains(task)) {
            self.before_last[task] = self.last[task];
            self.last[task] = mean;
        }
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("last", State::Numbers(&mut self.last));
        visit("before_last", State::Numbers(&mut self.before_last));
        Ok(())
    }
}
