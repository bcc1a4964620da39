use crate::kernel::scalar::Scalar;
use rand::RngExt;

use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, MAX_TASKS, State, StateUnknown, VisitState, check_length};
use crate::random::{Purpose, Random};

/// Projecting conflicting gradients (PCGrad): each gradient loses its component along every other one that it conflicts with; then the sum over the tasks.
///
/// For each task i and every `j ≠ i` in random order: `gᵢ' ← gᵢ' − (gᵢ'·gⱼ/‖gⱼ‖²) gⱼ` where `gᵢ'·gⱼ < 0`, against the original `gⱼ`.
/// As `gᵢ' = Σ cₖ gₖ`, its products follow from the Gram matrix.
///
/// Yu et al.: Gradient Surgery for Multi-Task Learning, NeurIPS 2020.
#[derive(Clone, Debug)]
pub struct PcGrad {
    random: Random,
}

impl PcGrad {
    /// With a seed for the order of the projections.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, Purpose::Balance) }
    }

    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`].
    pub fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        check_length("weights of the gradients", gram.size(), weights.len())?;
        let size = gram.size();
        weights.fill(0.0);
        with_scratch(size, &mut |coefficients| {
            for i in 0..size {
                coefficients.fill(0.0);
                coefficients[i] = 1.0;
                let (order, others) = random_order(&mut self.random, size, i);
                for &j in &order[..others] {
                    let product: f64 = (0..size).map(|k| coefficients[k] * gram.value(k, j)).sum();
                    if product < 0.0 && gram.value(j, j) > 0.0 {
                        coefficients[j] -= product / gram.value(j, j);
                    }
                }
                for (weight, &coefficient) in weights.iter_mut().zip(&*coefficients) {
                    *weight += coefficient;
                }
            }
        });
        Ok(())
    }
}

impl<T: Scalar> Direction<T> for PcGrad {
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("random", State::Words(core::slice::from_mut(self.random.state())));
        Ok(())
    }
}

/// The tasks below `size` other than `task` in random order, and how many they are.
pub(super) fn random_order(random: &mut Random, size: usize, task: usize) -> ([usize; MAX_TASKS], usize) {
    let mut order = [0; MAX_TASKS];
    let mut count = 0;
    for other in (0..size).filter(|&other| other != task) {
        let place = random.random_range(0..=count);
        order[count] = order[place];
        order[place] = other;
        count += 1;
    }
    (order, count)
}
