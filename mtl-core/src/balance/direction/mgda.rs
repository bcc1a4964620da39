use crate::balance::quadratic::{least_norm_weights, scratch_length};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;

/// Multiple-gradient descent (MGDA): the point of least norm in the convex hull of the gradients, so a convex combination of them.
///
/// `min ‖Σ wᵢ gᵢ‖²` over `w ≥ 0`, `Σ wᵢ = 1`, which conflicts with no task and is 0 exactly where no direction improves all: so where one task has a gradient of 0. Solved exactly,
/// by an active-set method, where the paper iterates (Frank-Wolfe).
///
/// Sener, Koltun: Multi-Task Learning as Multi-Objective Optimization, NeurIPS 2018; Désidéri 2012.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mgda;

impl Mgda {
    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`].
    pub fn weights(&self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        check_length("weights of the gradients", gram.size(), weights.len())?;
        let size = gram.size();
        with_scratch(scratch_length(size), &mut |scratch| least_norm_weights(size, gram.values(), weights, scratch));
        Ok(())
    }
}

impl<T: Scalar> Direction<T> for Mgda {
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
