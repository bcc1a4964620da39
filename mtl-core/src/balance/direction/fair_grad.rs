use crate::balance::power_equilibrium::{power_equilibrium, scratch_length};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;
use crate::setting::{InvalidSetting, require};

/// FairGrad: α-fair improvements of the tasks, `(G w)ᵢ = wᵢ^(−1/α)` with `w > 0`; the result `Jᵀw` is neither a sum nor a mean and has a scale of its own.
///
/// α = 1 is proportional fairness, Nash-MTL's direction (without its cap); the larger α, the more the least improved task counts. It conflicts with no task.
/// Where no direction improves all tasks it is 0. A task whose gradient is 0 takes no part, and one
/// shorter than 1e-15 of the longest counts as that long. Its length grows with the power `(1 − α)/(1 + α)` of
/// that of the gradients, so that for α > 1 it grows as they vanish; until the longest is shorter than 1e-20, where it falls in proportion to it.
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
    /// It must be in [0.1, 100]: beyond, the powers of weights leave the range of floating-point numbers.
    #[must_use]
    pub const fn new(alpha: f64) -> Self {
        Self { alpha }
    }

    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`], [`BalanceError::Setting`].
    pub fn weights(&self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_length("weights of the gradients", gram.size(), weights.len())?;
        let size = gram.size();
        with_scratch(scratch_length(size), &mut |scratch| power_equilibrium(size, gram.values(), 1.0 / self.alpha, weights, scratch));
        Ok(())
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require("FairGrad::new", self.alpha, (0.1..=100.0).contains(&self.alpha), "be at least 0.1 and at most 100")
    }
}

impl<T: Scalar> Direction<T> for FairGrad {
    fn check(&self) -> Result<(), InvalidSetting> {
        self.check()
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        // Of (s²G w)ᵢ = wᵢ^(−1/α) the solution is s^(−2α/(1+α)) times that of s = 1.
        gradients.combine_by_gram(Some((1.0 - self.alpha) / (1.0 + self.alpha)), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
