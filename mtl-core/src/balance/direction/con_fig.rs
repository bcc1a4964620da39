use super::imtl_g::cosine_weights;
use crate::balance::linear_algebra::{CANCELLED, quadratic_form};
use crate::balance::{BalanceError, Direction, Gradients, Gram, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;

/// Conflict-free inverse gradients (ConFIG): the direction with the same cosine to every gradient, as long as the sum of the gradients' projections on it; a sum over the tasks.
///
/// `d = unit(U⁺ 1)`, where U has the unit gradients as rows, and the result is `d Σ gᵢ·d`. With C the cosines between the gradients, `U⁺1 = Uᵀ C⁺ 1`.
/// Where the gradients cancel each other it is 0.
///
/// Liu, Chu, Thuerey: ConFIG: Towards Conflict-free Training of Physics Informed Neural Networks, ICLR 2025 (2024).
#[derive(Clone, Copy, Debug, Default)]
pub struct ConFig;

impl ConFig {
    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`].
    pub fn weights(&self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        check_length("weights of the gradients", gram.size(), weights.len())?;
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
}

impl<T: Scalar> Direction<T> for ConFig {
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
