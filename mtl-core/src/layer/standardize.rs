//! `Standardize`: the end of a head whose targets are standardised.

use nalgebra::SVector;
use rand::Rng;

use super::normalize::NEVER_ADAPTED;
use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `y = mean + √variance · z`, value by value: from standard units to those of the target.
///
/// It ends a head with `targets: standardized`. Mean and variance are those of the head's labels, which [`adapt`](crate::adapt::adapt)
/// measures; they are not trained. The loss is that of `z` against `(target − mean) / √variance`
/// ([`Standardized`](crate::loss::Standardized)), so that heads of any unit have losses of one size; predictions and metrics are of `y`.
///
/// Labels that are all alike have the variance 0, and a spread of 1 in its place. A layer that was never adapted has the variance −1, which
/// no data have, and passes on what comes in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standardize<const N: usize>;

/// The parameters of a [`Standardize`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct StandardizeParameters<const N: usize, T> {
    /// Initially 0.
    pub mean: SVector<T, N>,
    /// The biased variance; initially −1, which says that the layer was never adapted.
    pub variance: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] StandardizeParameters<N, T> as StandardizeParameters over T { mean: SVector<T, N>, variance: SVector<T, N> });

/// `(m, s)` of `y = m + s z`: what a layer with this mean and variance makes of a value.
#[inline(always)]
pub(crate) fn centre_and_spread<T: Scalar>(mean: T, variance: T) -> (T, T) {
    if variance < T::ZERO {
        (T::ZERO, T::ONE)
    } else if variance == T::ZERO {
        (mean, T::ONE)
    } else {
        (mean, variance.sqrt())
    }
}

impl<const N: usize> Standardize<N> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize, T: Scalar> StandardizeParameters<N, T> {
    /// `[m, s]` of every value.
    #[inline(always)]
    pub(crate) fn units(&self) -> [[T; N]; 2] {
        let [mut centres, mut spreads] = [[T::ZERO; N]; 2];
        for row in 0..N {
            (centres[row], spreads[row]) = centre_and_spread(self.mean[row], self.variance[row]);
        }
        [centres, spreads]
    }
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for Standardize<N> {
    type Parameters = StandardizeParameters<N, T>;
    /// `[m, s]`, for the loss.
    type Cache = [[T; N]; 2];

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.mean.fill(T::ZERO);
        parameters.variance.fill(T::from_f64(NEVER_ADAPTED));
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[T; N]],
        output: &mut [[T; N]],
        cache: &mut [[[T; N]; 2]],
    ) {
        let units = parameters.units();
        let [centres, spreads] = &units;
        for ((z, y), cache) in input.iter().zip(output).zip(cache) {
            for row in 0..N {
                y[row] = centres[row] + spreads[row] * z[row];
            }
            *cache = units;
        }
    }

    // The loss is that of `z`: models leave this out.
    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        _: &[[T; N]],
        _: &[[T; N]],
        _: &[[[T; N]; 2]],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        _: &mut Self::Parameters,
    ) {
        if let Some(mut sink) = input_gradient {
            let [_, spreads] = &parameters.units();
            sink.write_columns(|column| {
                let dy = &output_gradient[column];
                move |row: usize| dy[row] * spreads[row]
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Standardize, StandardizeParameters};
    use crate::flat;
    use crate::layer::Layer;
    use crate::layer::check::{PREDICT, check_trained_gradients, columns, forward};
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    #[test]
    fn values_are_those_of_the_formula() {
        let parameters = StandardizeParameters { mean: [2.0, 1.0].into(), variance: [16.0, 0.0].into() };
        assert_eq!(forward(&Standardize::<2>::new(), PREDICT, &parameters, &[[0.5, 5.0], [-1.0, 0.0]]), [[4.0, 6.0], [-2.0, 1.0]]);
    }

    #[test]
    fn a_layer_that_was_never_adapted_passes_values_on() {
        let mut parameters = flat::zeroed::<StandardizeParameters<3, f64>>();
        Layer::<3, 3, f64>::initialize(&Standardize::<3>::new(), &mut parameters, &mut Xoshiro256PlusPlus::seed_from_u64(1));
        let input = columns::<3>(5);
        assert_eq!(forward(&Standardize::<3>::new(), PREDICT, &parameters, &input), input);
    }

    #[test]
    fn gradient_is_that_of_finite_differences_for_the_input_alone() {
        let parameters = StandardizeParameters { mean: [2.0, 1.0, 0.0].into(), variance: [3.0, 0.0, -1.0].into() };
        check_trained_gradients(&Standardize::<3>::new(), PREDICT, &parameters, &columns::<3>(4), |_| false);
    }
}
