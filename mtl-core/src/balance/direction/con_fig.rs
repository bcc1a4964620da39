use super::imtl_g::cosine_weights;
use crate::balance::linear_algebra::{CANCELLED, quadratic_form};
use crate::balance::{BalanceError, Gram, GramDirection, StateUnknown, VisitState};

/// Conflict-free inverse gradients (ConFIG): the direction with the same cosine to every gradient, as long as the sum of the gradients' projections on it; a sum over the tasks.
///
/// `d = unit(U⁺ 1)`, where U has the unit gradients as rows, and the result is `d Σ gᵢ·d`. With C the cosines between the gradients, `U⁺1 = Uᵀ C⁺ 1`.
/// Where the gradients cancel each other it is 0.
///
/// Liu, Chu, Thuerey: ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks, ICLR 2025 (2024).
#[derive(Clone, Copy, Debug, Default)]
pub struct ConFig;

impl GramDirection for ConFig {
    fn degree(&self) -> Option<f64> {
        Some(1.0)
    }

    fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        let size = gram.size();
        cosine_weights(gram, weights);
        let (squared, terms) = quadratic_form(size, gram.values(), weights);
        if squared <= CANCELLED * terms {
            weights.fill(0.0);
            return Ok(());
        }
        let projections: f64 = (0..size).map(|i| (0..size).map(|j| gram.value(i, j) * weights[j]).sum::<f64>()).sum();
        for weight in weights.iter_mut() {
            *weight *= projections / squared;
        }
        Ok(())
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
