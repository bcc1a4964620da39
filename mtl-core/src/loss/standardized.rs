//! The loss of a head whose targets are standardised.

use super::sample::Loss;
use crate::kernel::scalar::Scalar;
use crate::model::record::TargetError;

/// The loss of `z` against `(target − mean) / spread`, of a head with `targets: standardized`: without a unit.
///
/// [`Standardize`](crate::layer::Standardize) has mean and spread, and gives the predictions in the units of the target.
#[derive(Clone, Copy, Debug)]
pub struct Standardized<'a, L, T, const N: usize> {
    loss: &'a L,
    centres: [T; N],
    factors: [T; N],
}

impl<'a, L, T: Scalar, const N: usize> Standardized<'a, L, T, N> {
    /// The loss of standardised targets, by the means and the spreads of the raw ones.
    #[inline(always)]
    pub fn new(loss: &'a L, [centres, spreads]: &[[T; N]; 2]) -> Self {
        // The division is done once; a spread has a square, so the reciprocal is finite.
        Self { loss, centres: *centres, factors: spreads.map(|spread| T::ONE / spread) }
    }

    #[inline(always)]
    fn standardize(&self, target: &[T; N]) -> [T; N] {
        let mut standardized = *target;
        for row in 0..N {
            standardized[row] = (target[row] - self.centres[row]) * self.factors[row];
        }
        standardized
    }
}

impl<L: Loss<N, T, Target = [T; N]>, T: Scalar, const N: usize> Loss<N, T> for Standardized<'_, L, T, N> {
    type Target = [T; N];

    #[inline(always)]
    fn evaluate(&self, output: &[T; N], target: &[T; N], gradient: &mut [T; N]) -> T {
        self.loss.evaluate(output, &self.standardize(target), gradient)
    }

    #[inline(always)]
    fn evaluate_samples<const SAMPLES: usize>(
        &self,
        outputs: &[[T; N]; SAMPLES],
        targets: &[[T; N]; SAMPLES],
        gradients: &mut [[T; N]; SAMPLES],
        values: &mut [T; SAMPLES],
    ) {
        let mut standardized = *targets;
        for (standardized, target) in standardized.iter_mut().zip(targets) {
            *standardized = self.standardize(target);
        }
        self.loss.evaluate_samples(outputs, &standardized, gradients, values);
    }

    fn check(&self, target: &[T; N]) -> Result<(), TargetError> {
        self.loss.check(target)
    }
}

#[cfg(test)]
mod tests {
    use super::Standardized;
    use crate::loss::{Huber, Loss, Mse};

    #[test]
    fn the_loss_is_that_of_the_standardised_target() {
        let units = [[10.0, -4.0], [2.0, 0.5]];
        let (mse, output, target) = (Mse, [0.5, 1.0], [12.0, -4.0]);
        let mut gradient = [0.0; 2];
        // z = (1, 0), against (0.5, 1).
        assert_eq!(Standardized::new(&mse, &units).evaluate(&output, &target, &mut gradient), (0.25 + 1.0) / 2.0);
        assert_eq!(gradient, [-0.5, 1.0]);
    }

    #[test]
    fn a_block_of_samples_is_what_each_of_them_is() {
        let units = [[3.0_f64], [0.25]];
        let huber = Huber::new(1.0);
        let loss = Standardized::new(&huber, &units);
        let (outputs, targets) = ([[0.5], [-3.0], [0.0]], [[3.5], [2.75], [3.0]]);
        let (mut gradients, mut values) = ([[0.0]; 3], [0.0; 3]);
        loss.evaluate_samples(&outputs, &targets, &mut gradients, &mut values);
        for sample in 0..3 {
            let mut gradient = [0.0];
            assert_eq!(loss.evaluate(&outputs[sample], &targets[sample], &mut gradient), values[sample]);
            assert_eq!(gradient, gradients[sample]);
        }
    }
}
