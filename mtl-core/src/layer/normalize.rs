//! `Normalize`: inputs in units of their own spread.

use nalgebra::SVector;
use rand::Rng;

use super::{BatchStatistics, Context, Layer};
use crate::kernel::GradientSink;
use crate::{InstructionSet, Scalar};

/// `y = (x − mean) / max(√variance, 10⁻⁷)`, value by value, as Keras's `Normalization`.
///
/// Mean and variance are those of a data set that the layer was adapted to; they are not trained, and their gradient is 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Normalize<const N: usize>;

/// The parameters of a [`Normalize`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct NormalizeParameters<const N: usize, T> {
    /// Initially 0.
    pub mean: SVector<T, N>,
    /// The biased variance, initially 1.
    pub variance: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] NormalizeParameters<N, T> as NormalizeParameters over T { mean: SVector<T, N>, variance: SVector<T, N> });

/// Sets mean and variance to those of the samples that were observed; without any they stay as they are.
pub fn set<const N: usize, T: Scalar>(parameters: &mut NormalizeParameters<N, T>, statistics: &BatchStatistics<N, T>) {
    if statistics.count > 0 {
        for row in 0..N {
            parameters.mean[row] = statistics.mean[row];
            parameters.variance[row] = statistics.variance(row);
        }
    }
}

impl<const N: usize> Normalize<N> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// `1 / max(√variance, 10⁻⁷)`.
#[inline(always)]
fn factors<const N: usize, T: Scalar>(parameters: &NormalizeParameters<N, T>) -> [T; N] {
    let mut factors = [T::ZERO; N];
    for (to, &variance) in factors.iter_mut().zip(&parameters.variance.data.0[0]) {
        *to = factor(variance);
    }
    factors
}

/// `1 / σ`.
#[inline(always)]
fn factor<T: Scalar>(variance: T) -> T {
    T::ONE / variance.sqrt().max(T::from_f64(1e-7))
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for Normalize<N> {
    type Parameters = NormalizeParameters<N, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.mean.fill(T::ZERO);
        parameters.variance.fill(T::ONE);
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
            let factors = &factors(parameters);
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
    let mean = &parameters.mean.data.0[0];
    // A prediction of one row keeps nothing on the stack.
    if let ([x], [y]) = (input, &mut *output) {
        for (row, &variance) in parameters.variance.data.0[0].iter().enumerate() {
            y[row] = (x[row] - mean[row]) * factor(variance);
        }
        return;
    }
    let factors = factors(parameters);
    for (x, y) in input.iter().zip(output) {
        for row in 0..N {
            y[row] = (x[row] - mean[row]) * factors[row];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Normalize, NormalizeParameters, set};
    use crate::flat;
    use crate::layer::BatchStatistics;
    use crate::layer::check::{PREDICT, assert_near, check_trained_gradients, columns, forward};

    #[test]
    fn an_adapted_layer_gives_mean_zero_and_variance_one() {
        let data = columns::<3>(40);
        let mut statistics = flat::zeroed::<BatchStatistics<3, f64>>();
        data.chunks(7).for_each(|tile| statistics.observe(tile));
        let mut parameters = flat::zeroed();
        set(&mut parameters, &statistics);
        let output = forward(&Normalize::<3>::new(), PREDICT, &parameters, &data);
        for row in 0..3 {
            assert_near(output.iter().map(|y| y[row]).sum::<f64>() / 40.0, 0.0, "mean");
            assert_near(output.iter().map(|y| y[row] * y[row]).sum::<f64>() / 40.0, 1.0, "variance");
        }
    }

    #[test]
    fn a_constant_value_stays_finite() {
        let parameters = NormalizeParameters { mean: [2.0, 1.0].into(), variance: [0.0, 4.0].into() };
        let output = forward(&Normalize::<2>::new(), PREDICT, &parameters, &[[2.0, 5.0], [3.0, 1.0]]);
        for (&y, expected) in output.as_flattened().iter().zip([0.0, 2.0, 1e7, 0.0]) {
            assert_near(y, expected, "normalised");
        }
    }

    #[test]
    fn nothing_observed_changes_nothing() {
        let before = NormalizeParameters { mean: [2.0, 1.0].into(), variance: [3.0, 4.0].into() };
        let mut after = before;
        set(&mut after, &flat::zeroed());
        assert_eq!(before, after);
    }

    #[test]
    fn gradient_is_that_of_finite_differences_for_the_input_alone() {
        let parameters = NormalizeParameters { mean: [2.0, 1.0, 0.0].into(), variance: [3.0, 4.0, 0.5].into() };
        check_trained_gradients(&Normalize::<3>::new(), PREDICT, &parameters, &columns::<3>(4), |_| false);
    }
}
