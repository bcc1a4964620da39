use crate::balance::{BalanceError, LossWeighting, Needs, SMALLEST_LOSS, StateUnknown, VisitState, check_length, check_losses, count_present};
use crate::model::HeadSet;

/// The geometric mean of the losses, `(Π Lᵢ)^(1/T)`, computed as `exp(mean ln Lᵢ)`: a mean over the tasks.
///
/// The weights are `(Π Lᵢ)^(1/T) / (T Lᵢ)`: every task's relative improvement counts the same, whatever its scale.
/// A loss below 1e-8 counts as 1e-8.
///
/// Chennupati et al.: MultiNet++: Multi-Stream Feature Aggregation and Geometric Loss Strategy for Multi-Task Learning, CVPR workshops 2019.
///
/// # Errors
///
/// [`BalanceError::LossTooSmall`] for a negative loss.
#[derive(Clone, Copy, Debug, Default)]
pub struct GeometricMean;

impl LossWeighting for GeometricMean {
    fn needs(&self) -> Needs {
        Needs { losses: true, ..Needs::default() }
    }

    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        check_length("losses", weights.len(), losses.len())?;
        check_losses(losses, present, 0.0)?;
        let count = count_present(losses.len(), present) as f64;
        let logs: f64 = (0..losses.len()).filter(|&task| present.contains(task)).map(|task| libm::log(losses[task].max(SMALLEST_LOSS))).sum();
        for (task, weight) in weights.iter_mut().enumerate() {
            // In one exponential: the mean and the loss alone may be far from 1 where their quotient is not.
            *weight = if present.contains(task) { libm::exp(logs / count - libm::log(losses[task].max(SMALLEST_LOSS))) / count } else { 0.0 };
        }
        Ok(())
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
