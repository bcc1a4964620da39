use crate::balance::linear_algebra::{rank_tolerance, symmetric_eigen};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, MAX_TASKS, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;

/// To which of the gradient matrix's singular values the others are set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AlignedScale {
    /// The smallest (that is not 0).
    #[default]
    Min,
    /// The median; the lower one of two.
    Median,
    /// The root of their mean square.
    Rmse,
}

/// Aligned-MTL: the mean over the tasks of their gradients after the principal components of the gradient matrix are made equally long.
///
/// With `G = V Λ Vᵀ` over its eigenvalues that are not 0: `B = √σ V Λ^(−½) Vᵀ`, `w = B·1/T`, where σ is the least eigenvalue, their median, or their mean.
///
/// Senushkin, Patakin, Kuznetsov, Konushin: Independent Component Alignment for Multi-Task Learning, CVPR 2023.
#[derive(Clone, Copy, Debug, Default)]
pub struct AlignedMtl {
    scale: AlignedScale,
}

impl AlignedMtl {
    /// With a scale.
    #[must_use]
    pub const fn new(scale: AlignedScale) -> Self {
        Self { scale }
    }

    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`].
    pub fn weights(&self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        check_length("weights of the gradients", gram.size(), weights.len())?;
        let size = gram.size();
        let equal = 1.0 / size as f64;
        with_scratch(2 * size * size, &mut |scratch| {
            let (matrix, vectors) = scratch.split_at_mut(size * size);
            matrix.copy_from_slice(gram.values());
            symmetric_eigen(size, matrix, vectors);
            let tolerance = rank_tolerance(size, matrix);
            let mut spectrum = [0.0; MAX_TASKS];
            let mut rank = 0;
            for e in 0..size {
                if matrix[e * size + e] > tolerance {
                    spectrum[rank] = matrix[e * size + e];
                    rank += 1;
                }
            }
            if rank == 0 {
                weights.fill(equal);
                return;
            }
            let spectrum = &mut spectrum[..rank];
            spectrum.sort_unstable_by(f64::total_cmp);
            let scale = match self.scale {
                AlignedScale::Min => spectrum[0],
                AlignedScale::Median => spectrum[(rank - 1) / 2],
                AlignedScale::Rmse => spectrum.iter().sum::<f64>() / rank as f64,
            };
            weights.fill(0.0);
            for e in 0..size {
                let eigenvalue = matrix[e * size + e];
                if eigenvalue > tolerance {
                    let along_mean = equal * vectors[e * size..(e + 1) * size].iter().sum::<f64>();
                    let stretch = libm::sqrt(scale / eigenvalue);
                    for (k, weight) in weights.iter_mut().enumerate() {
                        *weight += stretch * along_mean * vectors[e * size + k];
                    }
                }
            }
        });
        Ok(())
    }
}

impl<T: Scalar> Direction<T> for AlignedMtl {
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
