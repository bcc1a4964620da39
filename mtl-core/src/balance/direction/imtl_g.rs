use crate::balance::linear_algebra::{CANCELLED, apply_pseudo_inverse};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;

/// Impartial multi-task learning (IMTL-G): the affine combination of the gradients (`Σ wᵢ = 1`, weights of either sign) with the same projection on every gradient's direction.
///
/// `v = G⁺ √diag(G)`, `w = v/Σv`. Computed from the cosines C between the gradients as `vᵢ = (C⁺1)ᵢ/‖gᵢ‖`: the same where the gradients are independent, and with a
/// well-defined rank however different their norms are. A gradient of 0 has weight 0. Where Σv vanishes, so does the result.
///
/// Liu et al.: Towards Impartial Multi-task Learning, ICLR 2021.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImtlG;

impl ImtlG {
    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`].
    pub fn weights(&self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        check_length("weights of the gradients", gram.size(), weights.len())?;
        cosine_weights(gram, weights);
        let (sum, terms) = weights.iter().fold((0.0, 0.0), |(sum, terms), weight| (sum + weight, terms + weight.abs()));
        for weight in weights.iter_mut() {
            *weight = if sum.abs() > CANCELLED * terms { *weight / sum } else { 0.0 };
        }
        Ok(())
    }
}

impl<T: Scalar> Direction<T> for ImtlG {
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}

/// `(C⁺ 1)ᵢ/‖gᵢ‖`, where C has the cosines between the gradients; 0 for a gradient of 0.
pub(super) fn cosine_weights(gram: &Gram<'_>, weights: &mut [f64]) {
    let size = gram.size();
    with_scratch(2 * size * size + 2 * size, &mut |scratch| {
        let (cosines, scratch) = scratch.split_at_mut(size * size);
        let (vectors, scratch) = scratch.split_at_mut(size * size);
        let (ones, unit) = scratch.split_at_mut(size);
        for i in 0..size {
            unit[i] = if gram.value(i, i) > 0.0 { 1.0 / libm::sqrt(gram.value(i, i)) } else { 0.0 };
            ones[i] = if unit[i] > 0.0 { 1.0 } else { 0.0 };
        }
        for i in 0..size {
            for j in 0..size {
                cosines[i * size + j] = gram.value(i, j) * unit[i] * unit[j];
            }
        }
        apply_pseudo_inverse(size, cosines, vectors, ones, weights);
        for (weight, &unit) in weights.iter_mut().zip(&*unit) {
            *weight *= unit;
        }
    });
}
