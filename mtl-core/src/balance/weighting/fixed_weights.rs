use super::first;
use crate::balance::{BalanceError, LossWeighting, MAX_TASKS, StateUnknown, VisitState, check_given, check_length, check_tasks};
use crate::model::{HeadSet, Model};
use crate::setting::{InvalidSetting, require};

/// Weights that stay as they are: `Σ wᵢ Lᵢ`, a sum over the tasks.
#[derive(Clone, Debug)]
pub struct FixedWeights {
    weights: [f64; MAX_TASKS],
    /// For how many tasks they were given.
    given: usize,
}

impl FixedWeights {
    /// Weight 1 for every task.
    #[must_use]
    pub const fn equal() -> Self {
        Self { weights: [1.0; MAX_TASKS], given: 0 }
    }

    /// The weights that a model declares, `weight:` of each head.
    #[must_use]
    pub fn declared<M: Model>() -> Self {
        let mut strategy = Self::equal();
        for (weight, head) in strategy.weights.iter_mut().zip(M::HEADS) {
            *weight = head.weight;
        }
        strategy
    }

    /// Weights by task, in the order of declaration; tasks beyond have weight 1. More than there are tasks are an error of the first step.
    ///
    /// They must be finite and at least 0.
    #[must_use]
    pub fn from_weights(weights: &[f64]) -> Self {
        let mut strategy = Self::equal();
        strategy.weights.iter_mut().zip(weights).for_each(|(kept, &weight)| *kept = weight);
        strategy.given = weights.len();
        strategy
    }
}

impl LossWeighting for FixedWeights {
    fn check(&self) -> Result<(), InvalidSetting> {
        let is_weight = |&weight: &f64| require("FixedWeights::from_weights", weight, weight >= 0.0, "be finite and at least 0");
        first(&self.weights, self.given).iter().try_for_each(is_weight)
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_tasks(weights.len())?;
        check_length("losses", weights.len(), losses.len())?;
        check_given("fixed weights", weights.len(), self.given)?;
        for (task, weight) in weights.iter_mut().enumerate() {
            *weight = if present.contains(task) { self.weights[task] } else { 0.0 };
        }
        Ok(())
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
