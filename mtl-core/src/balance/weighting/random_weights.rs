use rand_distr::{Distribution, StandardNormal};

use crate::balance::{BalanceError, LossWeighting, MAX_TASKS, State, StateUnknown, VisitState, check_length, check_tasks, softmax_present};
use crate::model::HeadSet;
use crate::random::{Purpose, Random};

/// Random loss weighting: `Σ wᵢ Lᵢ` with `w = softmax(z)`, z drawn from the standard normal distribution each step; a mean over the tasks, as the weights add up to 1.
///
/// Every task has its draw in every step, so that absences do not change the weights of later steps.
///
/// Lin et al.: A Closer Look at Loss Weighting in Multi-Task Learning, 2021.
#[derive(Clone, Debug)]
pub struct RandomWeights {
    random: Random,
}

impl RandomWeights {
    /// With a seed for the draws.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, Purpose::Balance) }
    }
}

impl LossWeighting for RandomWeights {
    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        check_tasks(weights.len())?;
        check_length("losses", weights.len(), losses.len())?;
        let mut draws = [0.0; MAX_TASKS];
        for draw in &mut draws[..weights.len()] {
            *draw = StandardNormal.sample(&mut self.random);
        }
        softmax_present(&draws, present, 1.0, weights);
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("random", State::Words(core::slice::from_mut(self.random.state())));
        Ok(())
    }
}
