//! `Normalize`: inputs in units of their own spread.

use nalgebra::SVector;
use rand::Rng;

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `y = (x − mean) / √variance`, value by value, as Keras's `Normalization`.
///
/// Mean and variance are those of a data set that the layer was [adapted](crate::adapt::adapt) to; they are not trained, and their gradient is 0.
/// A value that was the same in every row has the variance 0. There is nothing to learn from it, and it is 0 whatever comes later.
/// A layer that was never adapted has the variance −1, which no data have, and passes on what comes in.
#[derive(Clone, Copy, Debug, Default)]
pub struct Normalize<const N: usize>;

/// The parameters of a [`Normalize`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct NormalizeParameters<const N: usize, T> {
    /// Initially 0.
    pub mean: SVector<T, N>,
    /// The biased variance; initially −1, which says that the layer was never adapted.
    pub variance: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] NormalizeParameters<N, T> as NormalizeParameters over T { mean: SVector<T, N>, variance: SVector<T, N> });

/// The variance of a value that a layer was never adapted to.
pub(crate) const NEVER_ADAPTED: f64 = -1.0;

/// `(c, a)` of `y = (x − c) a`: what a layer with this mean and variance makes of a value.
#[inline(always)]
pub(crate) fn centre_and_factor<T: Scalar>(mean: T, variance: T) -> (T, T) {
    if variance < T::ZERO {
        (T::ZERO, T::ONE)
    } else if variance == T::ZERO {
        (mean, T::ZERO)
    } else {
        (mean, T::ONE / variance.sqrt())
    }
}

impl<const N: usize> Normalize<N> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize, T: Scalar> NormalizeParameters<N, T> {
    /// `(c, a)` of every value.
    #[inline(always)]
    fn centres_and_factors(&self) -> ([T; N], [T; N]) {
        let (mut centres, mut factors) = ([T::ZERO; N], [T::ZERO; N]);
        for row in 0..N {
            (centres[row], factors[row]) = centre_and_factor(self.mean[row], self.variance[row]);
        }
        (centres, factors)
    }
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for Normalize<N> {
    type Parameters = NormalizeParameters<N, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.mean.fill(T::ZERO);
        parameters.variance.fill(T::from_f64(NEVER_ADAPTED));
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        columns(parameters, input, output);
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        _: &[[T; N]],
        _: &[[T; N]],
        _: &[()],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        _: &mut Self::Parameters,
    ) {
        if let Some(mut sink) = input_gradient {
            let (_, factors) = &parameters.centres_and_factors();
            sink.write_columns(|column| {
                let dy = &output_gradient[column];
                move |row: usize| dy[row] * factors[row]
            });
        }
    }
}

/// The forward pass.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
fn columns<T: Scalar, const N: usize>(parameters: &NormalizeParameters<N, T>, input: &[[T; N]], output: &mut [[T; N]]) {
    // A prediction of one row keeps nothing on the stack.
    if let ([x], [y]) = (input, &mut *output) {
        let moments = parameters.mean.data.0[0].iter().zip(&parameters.variance.data.0[0]);
        for ((&x, y), (&mean, &variance)) in x.iter().zip(y).zip(moments) {
            let (centre, factor) = centre_and_factor(mean, variance);
            *y = (x - centre) * factor;
        }
        return;
    }
    let (centres, factors) = parameters.centres_and_factors();
    for (x, y) in input.iter().zip(output) {
        for row in 0..N {
            y[row] = (x[row] - centres[row]) * factors[row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Normalize, NormalizeParameters};
    use crate::flat;
    use crate::layer::Layer;
    use crate::layer::check::{PREDICT, check_trained_gradients, columns, forward};
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    #[test]
    fn values_are_those_of_the_formula() {
        let parameters = NormalizeParameters { mean: [2.0, 1.0].into(), variance: [16.0, 4.0].into() };
        assert_eq!(forward(&Normalize::<2>::new(), PREDICT, &parameters, &[[2.0, 5.0], [4.0, 1.0]]), [[0.0, 2.0], [0.5, 0.0]]);
    }

    #[test]
    fn a_value_without_spread_is_0_whatever_comes() {
        let parameters = NormalizeParameters { mean: [14.62; 2].into(), variance: [0.0; 2].into() };
        assert_eq!(forward(&Normalize::<2>::new(), PREDICT, &parameters, &[[14.62, -1e30], [1e-30, 0.0]]), [[0.0; 2]; 2]);
        // What is no number stays none.
        assert!(forward(&Normalize::<2>::new(), PREDICT, &parameters, &[[f64::NAN, f64::INFINITY]])[0].iter().all(|y| y.is_nan()));
    }

    #[test]
    fn a_small_spread_is_a_spread() {
        let parameters = NormalizeParameters { mean: [1e-90, 1e-9].into(), variance: [4e-180, 1e-18].into() };
        let output = forward(&Normalize::<2>::new(), PREDICT, &parameters, &[[5e-90, 0.0]]);
        assert!((output[0][0] - 2.0).abs() < 1e-12 && (output[0][1] + 1.0).abs() < 1e-12, "{output:?}");
    }

    #[test]
    fn a_layer_that_was_never_adapted_passes_values_on() {
        let mut parameters = flat::zeroed::<NormalizeParameters<3, f64>>();
        Layer::<3, 3, f64>::initialize(&Normalize::<3>::new(), &mut parameters, &mut Xoshiro256PlusPlus::seed_from_u64(1));
        let input = columns::<3>(5);
        assert_eq!(forward(&Normalize::<3>::new(), PREDICT, &parameters, &input), input);
    }

    #[test]
    fn gradient_is_that_of_finite_differences_for_the_input_alone() {
        let parameters = NormalizeParameters { mean: [2.0, 1.0, 0.0].into(), variance: [3.0, 0.0, -1.0].into() };
        check_trained_gradients(&Normalize::<3>::new(), PREDICT, &parameters, &columns::<3>(4), |_| false);
    }
}
