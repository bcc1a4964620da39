use super::dual_cone::{REGULARIZATION, add_projections, check_regularization};
use crate::InvalidSetting;
use crate::balance::{BalanceError, Gram, GramDirection, StateUnknown, VisitState};

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
    /// # Errors
    ///
    /// Where it is outside [0, 1].
    pub fn with_regularization(regularization: f64) -> Result<Self, InvalidSetting> {
        Ok(Self { regularization: check_regularization("DualProjection::with_regularization", regularization)? })
    }
}

impl GramDirection for DualProjection {
    fn degree(&self) -> Option<f64> {
        Some(1.0)
    }

    fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        let share = 1.0 / gram.size() as f64;
        add_projections(gram, self.regularization, weights, |number, combination| {
            combination.fill(share);
            number == 0
        });
        Ok(())
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
