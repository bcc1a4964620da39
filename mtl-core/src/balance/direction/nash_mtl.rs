use crate::balance::linear_algebra::quadratic_form;
use crate::balance::power_equilibrium::{power_equilibrium, scratch_length};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;
use crate::setting::{InvalidSetting, require};

/// Nash-MTL: the Nash bargaining solution between the tasks, `(G a)ᵢ = 1/aᵢ` with `a > 0`; the result `Jᵀa` has its norm capped at 1.
///
/// The product of the tasks' improvements is maximal, whatever the scale of their gradients. Without the cap the norm is `√T` (`aᵀGa = T`), so
/// with the usual cap the result is a unit vector (until the longest gradient is shorter than 1e-20, where it falls in proportion to it). Where no direction improves all tasks it is 0. A task whose gradient is 0 takes no part,
/// and one shorter than 1e-15 of the longest counts as that long: what is rounding does not become a direction of full length.
///
/// Navon et al.: Multi-Task Learning as a Bargaining Game, ICML 2022.
#[derive(Clone, Copy, Debug)]
pub struct NashMtl {
    largest_norm: f64,
}

impl Default for NashMtl {
    fn default() -> Self {
        Self { largest_norm: 1.0 }
    }
}

impl NashMtl {
    /// With another cap on the norm; infinite for none.
    ///
    /// It must be above 0.
    #[must_use]
    pub const fn with_largest_norm(largest_norm: f64) -> Self {
        Self { largest_norm }
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
        with_scratch(scratch_length(size), &mut |scratch| power_equilibrium(size, gram.values(), 1.0, weights, scratch));
        let norm = libm::sqrt(quadratic_form(size, gram.values(), weights).0.max(0.0));
        if norm > self.largest_norm {
            for weight in weights.iter_mut() {
                *weight *= self.largest_norm / norm;
            }
        }
        Ok(())
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        if self.largest_norm == f64::INFINITY {
            return Ok(());
        }
        require("NashMtl::with_largest_norm", self.largest_norm, self.largest_norm > 0.0, "be above 0")
    }
}

impl<T: Scalar> Direction<T> for NashMtl {
    fn check(&self) -> Result<(), InvalidSetting> {
        self.check()
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(0.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
