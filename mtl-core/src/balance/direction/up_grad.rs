use super::dual_cone::{REGULARIZATION, add_projections, check_regularization};
use crate::InvalidSetting;
use crate::balance::{BalanceError, Gram, GramDirection, StateUnknown, VisitState};

/// Unconflicting projection of gradients (UPGrad): each gradient projected onto the dual cone `{d : gⱼ·d ≥ 0 for all j}`, then the mean over the tasks.
///
/// It conflicts with no task, and the improvement of each task grows linearly with its gradient. T quadratic programs of T variables, solved exactly;
/// G is divided by its trace and 1e-4 is added to its diagonal as TorchJD does, which bounds the weights and lets gradients conflict by about that much.
///
/// Quinton, Rey: Jacobian Descent for Multi-Objective Optimization, 2024.
#[derive(Clone, Copy, Debug)]
pub struct UpGrad {
    regularization: f64,
}

impl Default for UpGrad {
    fn default() -> Self {
        Self { regularization: REGULARIZATION }
    }
}

impl UpGrad {
    /// With another regularisation; 0 projects exactly.
    ///
    /// # Errors
    ///
    /// Where it is outside [0, 1].
    pub fn with_regularization(regularization: f64) -> Result<Self, InvalidSetting> {
        Ok(Self { regularization: check_regularization("UpGrad::with_regularization", regularization)? })
    }
}

impl GramDirection for UpGrad {
    fn degree(&self) -> Option<f64> {
        Some(1.0)
    }

    fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        let share = 1.0 / gram.size() as f64;
        add_projections(gram, self.regularization, weights, |number, combination| {
            combination.get_mut(number).is_some_and(|task| {
                *task = share;
                true
            })
        });
        Ok(())
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
