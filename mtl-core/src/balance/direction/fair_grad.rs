use crate::balance::power_equilibrium::{power_equilibrium, scratch_length};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Gram, GramDirection, HyperparameterError, StateUnknown, VisitState, hyperparameter};

/// FairGrad: α-fair improvements of the tasks, `(G w)ᵢ = wᵢ^(−1/α)` with `w > 0`; the result `Jᵀw` is neither a sum nor a mean and has a scale of its own.
///
/// α = 1 is proportional fairness, Nash-MTL's direction (without its cap); the larger α, the more the least improved task counts. It conflicts with no task.
/// Where no direction improves all tasks it is 0. A task whose gradient is 0 takes no part.
///
/// Ban, Ji: Fair Resource Allocation in Multi-Task Learning, ICML 2024.
#[derive(Clone, Copy, Debug)]
pub struct FairGrad {
    alpha: f64,
}

impl Default for FairGrad {
    fn default() -> Self {
        Self { alpha: 1.0 }
    }
}

impl FairGrad {
    /// With a fairness α.
    ///
    /// # Errors
    ///
    /// Where it is outside [0.1, 100]: beyond, the powers of weights leave the range of floating-point numbers.
    pub fn new(alpha: f64) -> Result<Self, HyperparameterError> {
        Ok(Self { alpha: hyperparameter("alpha", alpha, (0.1..=100.0).contains(&alpha), "in [0.1, 100]")? })
    }
}

impl GramDirection for FairGrad {
    fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        let size = gram.size();
        with_scratch(scratch_length(size), &mut |scratch| power_equilibrium(size, gram.values(), 1.0 / self.alpha, weights, scratch));
        Ok(())
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
