use super::dual_cone::{REGULARIZATION, add_projections, check_regularization};
use crate::balance::{BalanceError, Direction, Gradients, Gram, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;
use crate::setting::InvalidSetting;

/// The mean gradient projected onto the dual cone `{d : gⱼ·d ≥ 0 for all j}`: a mean over the tasks that conflicts with none.
///
/// One quadratic program of T variables, solved exactly; G is divided by its trace and 1e-4 is added to its diagonal as TorchJD does, which bounds the weights
/// and lets gradients conflict by about that much.
///
/// Lopez-Paz, Ranzato: Gradient Episodic Memory for Continual Learning, NeurIPS 2017 (TorchJD's `DualProj`).
#[derive(Clone, Copy, Debug)]
pub struct DualProjection {
    regularization: f64,
}

impl Default for DualProjection {
    fn default() -> Self {
        Self { regularization: REGULARIZATION }
    }
}

impl DualProjection {
    /// With another regularisation; 0 projects exactly.
    ///
    /// It must be in [0, 1].
    #[must_use]
    pub const fn with_regularization(regularization: f64) -> Self {
        Self { regularization }
    }

    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`], [`BalanceError::Setting`].
    pub fn weights(&self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_length("weights of the gradients", gram.size(), weights.len())?;
        let share = 1.0 / gram.size() as f64;
        add_projections(gram, self.regularization, weights, |number, combination| {
            combination.fill(share);
            number == 0
        });
        Ok(())
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        check_regularization("DualProjection::with_regularization", self.regularization)
    }
}

impl<T: Scalar> Direction<T> for DualProjection {
    fn check(&self) -> Result<(), InvalidSetting> {
        self.check()
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
