use super::first;
use crate::balance::{
    BalanceError, LossWeighting, MAX_TASKS, Needs, StateUnknown, VisitState, check_given, check_length, check_losses, count_present,
};
use crate::model::HeadSet;
use crate::setting::{InvalidSetting, require};

/// Smooth Tchebycheff scalarisation: `μ ln Σ exp(λᵢ (Lᵢ − z*ᵢ)/μ)`, which tends to `max λᵢ (Lᵢ − z*ᵢ)` as μ falls.
///
/// The weights are `λᵢ softmax(λ (L − z*)/μ)ᵢ`. The preferences λ add up to 1 over the tasks present (1/T each where none are given), so the weights
/// are at most those of a mean over the tasks with these preferences.
///
/// Lin et al.: Smooth Tchebycheff Scalarization for Multi-Objective Optimization, ICML 2024.
#[derive(Clone, Debug)]
pub struct SmoothTchebycheff {
    smoothing: f64,
    preferences: [f64; MAX_TASKS],
    ideal: [f64; MAX_TASKS],
    /// For how many tasks either was given.
    given: usize,
}

impl Default for SmoothTchebycheff {
    fn default() -> Self {
        Self::new()
    }
}

impl SmoothTchebycheff {
    /// With μ = 1, equal preferences, and z* = 0.
    #[must_use]
    pub const fn new() -> Self {
        Self { smoothing: 1.0, preferences: [1.0; MAX_TASKS], ideal: [0.0; MAX_TASKS], given: 0 }
    }

    /// The smoothing μ.
    ///
    /// It must be above 0 and finite.
    #[must_use]
    pub const fn smoothing(self, smoothing: f64) -> Self {
        Self { smoothing, ..self }
    }

    /// The preferences λ by task, up to a common factor; 1 for tasks beyond.
    ///
    /// They must be above 0 and finite.
    #[must_use]
    pub fn preferences(mut self, preferences: &[f64]) -> Self {
        self.preferences.iter_mut().zip(preferences).for_each(|(kept, &preference)| *kept = preference);
        self.given = self.given.max(preferences.len());
        self
    }

    /// The ideal losses z* by task; 0 for tasks beyond.
    ///
    /// They must be finite.
    #[must_use]
    pub fn ideal_losses(mut self, ideal: &[f64]) -> Self {
        self.ideal.iter_mut().zip(ideal).for_each(|(kept, &ideal)| *kept = ideal);
        self.given = self.given.max(ideal.len());
        self
    }
}

impl LossWeighting for SmoothTchebycheff {
    fn check(&self) -> Result<(), InvalidSetting> {
        require("SmoothTchebycheff::smoothing", self.smoothing, self.smoothing > 0.0, "be above 0 and finite")?;
        let is_preference = |&preference: &f64| require("SmoothTchebycheff::preferences", preference, preference > 0.0, "be above 0 and finite");
        first(&self.preferences, self.given).iter().try_for_each(is_preference)?;
        first(&self.ideal, self.given).iter().try_for_each(|&ideal| require("SmoothTchebycheff::ideal_losses", ideal, true, "be finite"))
    }

    fn needs(&self) -> Needs {
        Needs { losses: true, ..Needs::default() }
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_length("losses", weights.len(), losses.len())?;
        check_given("preferences or ideal losses", weights.len(), self.given)?;
        check_losses(losses, present, f64::NEG_INFINITY)?;
        let count = losses.len();
        if count_present(count, present) == 0 {
            weights.fill(0.0);
            return Ok(());
        }
        let total: f64 = (0..count).filter(|&task| present.contains(task)).map(|task| self.preferences[task]).sum();
        let mut scores = [0.0; MAX_TASKS];
        for (task, &loss) in losses.iter().enumerate() {
            scores[task] = self.preferences[task] / total * (loss - self.ideal[task]) / self.smoothing;
        }
        crate::balance::softmax_present(&scores, present, 1.0, weights);
        for (weight, preference) in weights.iter_mut().zip(&self.preferences) {
            *weight *= preference / total;
        }
        Ok(())
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
