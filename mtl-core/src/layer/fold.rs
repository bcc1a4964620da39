//! Folding normalisations into dense layers and convolutions: all are affine when predicting.

use nalgebra::SVector;

use super::normalize::{NEVER_ADAPTED, centre_and_factor};
use super::standardize::centre_and_spread;
use super::{BatchNorm, BatchNormParameters, DenseParameters, NormalizeParameters, StandardizeParameters};
use crate::kernel::scalar::Scalar;

/// `y = scale ⊙ (x − centre) + shift`, in double precision, so that folding rounds once.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine<const N: usize> {
    pub(crate) scale: [f64; N],
    pub(crate) centre: [f64; N],
    pub(crate) shift: [f64; N],
}

/// Whether folding a value with this mean and variance keeps its precision.
///
/// `W (x − μ) / σ` with the mean folded in is `(W / σ) x − W μ / σ`, two terms `|μ| / σ` times as large as their difference, and so are their rounding
/// errors. Up to 16, four bits are lost; of a value that is nearly constant all of them would be. What `BatchNorm` adds to the variance does
/// not count, as a later normalisation undoes it.
fn is_near(mean: f64, variance: f64) -> bool {
    mean.abs() <= 16.0 * libm::sqrt(variance)
}

impl<const N: usize> Affine<N> {
    pub(crate) const IDENTITY: Self = Self { scale: [1.0; N], centre: [0.0; N], shift: [0.0; N] };

    /// `c` of `scale x + c`.
    pub(crate) fn offset(&self, row: usize) -> f64 {
        self.shift[row] - self.scale[row] * self.centre[row]
    }
}

impl<const N: usize, T: Scalar> NormalizeParameters<N, T> {
    /// What the layer computes; it is the identity from then on: mean 0 and variance 1.
    pub fn take_affine(&mut self) -> Affine<N> {
        self.take(|_, _| true)
    }

    /// As [`take_affine`](Self::take_affine), of those values alone that lose no precision by it. The others stay, and are the identity in what is returned.
    pub fn take_foldable(&mut self) -> Affine<N> {
        self.take(is_near)
    }

    /// Whether the layer passes values on as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        (0..N).all(|row| centre_and_factor(self.mean[row], self.variance[row]) == (T::ZERO, T::ONE))
    }

    /// `keep` is told the mean of a value and its variance. Values that were never adapted to have nothing to take.
    fn take(&mut self, keep: impl Fn(f64, f64) -> bool) -> Affine<N> {
        let mut affine = Affine::IDENTITY;
        for row in 0..N {
            let (mean, variance) = (self.mean[row].to_f64(), self.variance[row].to_f64());
            // Of a value without a spread, which is 0, nothing is lost.
            if variance == 0.0 || (variance > 0.0 && keep(mean, variance)) {
                (affine.centre[row], affine.scale[row]) = centre_and_factor(mean, variance);
                (self.mean[row], self.variance[row]) = (T::ZERO, T::ONE);
            }
        }
        affine
    }
}

impl<const N: usize, T: Scalar> StandardizeParameters<N, T> {
    /// What the layer computes; it is the identity from then on, as if it was never adapted.
    pub fn take_affine(&mut self) -> Affine<N> {
        let mut affine = Affine::IDENTITY;
        for row in 0..N {
            let (centre, spread) = centre_and_spread(self.mean[row].to_f64(), self.variance[row].to_f64());
            (affine.shift[row], affine.scale[row]) = (centre, spread);
        }
        (self.mean, self.variance) = (SVector::repeat(T::ZERO), SVector::repeat(T::from_f64(NEVER_ADAPTED)));
        affine
    }

    /// As [`take_affine`](Self::take_affine): what is added after a product costs it no precision.
    pub fn take_foldable(&mut self) -> Affine<N> {
        self.take_affine()
    }

    /// Whether the layer passes values on as they are.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.units() == [[T::ZERO; N], [T::ONE; N]]
    }
}

impl<const N: usize> BatchNorm<N> {
    /// What the layer computes with its moving statistics; it is the identity, to rounding, from then on: `γ = √(1 + ε)` undoes
    /// what `ε` adds to a variance of 1.
    pub fn take_affine<T: Scalar>(&self, parameters: &mut BatchNormParameters<N, T>) -> Affine<N> {
        self.take(parameters, |_, _| true)
    }

    /// As [`take_affine`](Self::take_affine), of those values alone that lose no precision by it. The others stay, and are the identity in what is returned.
    pub fn take_foldable<T: Scalar>(&self, parameters: &mut BatchNormParameters<N, T>) -> Affine<N> {
        self.take(parameters, is_near)
    }

    /// Whether the layer passes values on as they are.
    #[must_use]
    pub fn is_identity<T: Scalar>(&self, parameters: &BatchNormParameters<N, T>) -> bool {
        let BatchNormParameters { gamma, beta, moving_mean, moving_variance } = parameters;
        let identity = (self.identity_gamma(), T::ZERO, T::ZERO, T::ONE);
        (0..N).all(|row| (gamma[row], beta[row], moving_mean[row], moving_variance[row]) == identity)
    }

    fn identity_gamma<T: Scalar>(&self) -> T {
        T::from_f64(libm::sqrt(1.0 + self.epsilon))
    }

    fn take<T: Scalar>(&self, parameters: &mut BatchNormParameters<N, T>, keep: impl Fn(f64, f64) -> bool) -> Affine<N> {
        let mut affine = Affine::IDENTITY;
        for row in 0..N {
            let (mean, variance) = (parameters.moving_mean[row].to_f64(), parameters.moving_variance[row].to_f64());
            if keep(mean, variance) {
                affine.scale[row] = parameters.gamma[row].to_f64() / libm::sqrt(variance + self.epsilon);
                (affine.centre[row], affine.shift[row]) = (mean, parameters.beta[row].to_f64());
                (parameters.gamma[row], parameters.beta[row]) = (self.identity_gamma(), T::ZERO);
                (parameters.moving_mean[row], parameters.moving_variance[row]) = (T::ZERO, T::ONE);
            }
        }
        affine
    }
}

impl<const IN: usize, const OUT: usize, T: Scalar> DenseParameters<IN, OUT, OUT, T> {
    /// Takes in what comes before: `W (a ⊙ x + c) + b = (W diag a) x + (b + W c)`. Of an image or a patch every pixel had the same done to its `N` channels.
    pub fn fold_before<const N: usize>(&mut self, affine: &Affine<N>) {
        const { assert!(IN.is_multiple_of(N), "pixels of so many channels") };
        for row in 0..OUT {
            let mut bias = self.bias[row].to_f64();
            for column in 0..IN {
                let weight = self.kernel[(row, column)].to_f64();
                bias += weight * affine.offset(column % N);
                self.kernel[(row, column)] = T::from_f64(weight * affine.scale[column % N]);
            }
            self.bias[row] = T::from_f64(bias);
        }
    }

    /// Takes in what comes after: `a ⊙ (W x + b) + c = (diag a W) x + (a ⊙ b + c)`. Of an image every pixel has the same done to its `N` channels.
    pub fn fold_after<const N: usize>(&mut self, affine: &Affine<N>) {
        const { assert!(OUT.is_multiple_of(N), "pixels of so many channels") };
        for row in 0..OUT {
            let (scale, offset) = (affine.scale[row % N], affine.offset(row % N));
            for column in 0..IN {
                self.kernel[(row, column)] = T::from_f64(self.kernel[(row, column)].to_f64() * scale);
            }
            self.bias[row] = T::from_f64(self.bias[row].to_f64() * scale + offset);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BatchNorm, BatchNormParameters, DenseParameters, NormalizeParameters};
    use crate::activation::Linear;
    use crate::init::Initializer;
    use crate::kernel::Portable;
    use crate::layer::check::{PREDICT, assert_near, columns, forward};
    use crate::layer::{BatchStatistics, Dense, Normalize};

    const DENSE: Dense<3, 2, 2, Linear> = Dense::new(Initializer::Zeros);

    fn dense() -> DenseParameters<3, 2, 2, f64> {
        DenseParameters { kernel: [[1.0, -2.0], [0.5, 3.0], [-1.5, 0.25]].into(), bias: [0.1, -0.2].into() }
    }

    fn normalize() -> NormalizeParameters<3, f64> {
        // Without a spread the value is 0.
        NormalizeParameters { mean: [2.0, -1.0, 0.5].into(), variance: [3.0, 0.0, 0.5].into() }
    }

    #[test]
    fn normalisation_before_becomes_part_of_the_layer() {
        let (mut before, mut after) = (normalize(), dense());
        let input = columns::<3>(5);
        let expected = forward(&DENSE, PREDICT, &after, &forward(&Normalize::<3>::new(), PREDICT, &before, &input));
        after.fold_before(&before.take_affine());
        assert_eq!(forward(&Normalize::<3>::new(), PREDICT, &before, &input), input, "it is the identity");
        for (&y, &expected) in forward(&DENSE, PREDICT, &after, &input).as_flattened().iter().zip(expected.as_flattened()) {
            assert_near(y / (1.0 + expected.abs()), expected / (1.0 + expected.abs()), "folded");
        }
    }

    #[test]
    fn normalisation_after_becomes_part_of_the_layer() {
        let norm = BatchNorm::<2>::new(0.99, 1e-3);
        let mut parameters = BatchNormParameters::<2, f64> {
            gamma: [1.5, -0.5].into(),
            beta: [0.25, 2.0].into(),
            moving_mean: [3.0, -0.5].into(),
            moving_variance: [2.0, 0.01].into(),
        };
        let mut layer = dense();
        let input = columns::<3>(5);
        let normalized = |parameters: &BatchNormParameters<2, f64>, layer: &DenseParameters<3, 2, 2, f64>| {
            let between = forward(&DENSE, PREDICT, layer, &input);
            let mut output = between.clone();
            norm.forward::<Portable, _>(false, parameters, &crate::flat::zeroed::<BatchStatistics<2, f64>>(), &between, &mut output);
            (between, output)
        };
        let (_, expected) = normalized(&parameters, &layer);
        layer.fold_after(&norm.take_affine(&mut parameters));
        let (between, output) = normalized(&parameters, &layer);
        for ((&y, &same), &expected) in output.as_flattened().iter().zip(between.as_flattened()).zip(expected.as_flattened()) {
            assert_near(y, expected, "folded");
            assert_near(y, same, "identity");
        }
    }
}
