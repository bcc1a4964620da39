//! `LayerNorm`.

use nalgebra::SVector;
use rand::Rng;

use super::{Context, Layer};
use crate::kernel::{GradientSink, reduce};
use crate::{InstructionSet, Scalar};

/// `y = γ x̂ + β` with `x̂ = (x − μ) / √(σ² + ε)`, `μ` and `σ²` (biased) the mean and variance of the sample's `N` values.
///
/// As Keras's `LayerNormalization`; Ba, Kiros, Hinton 2016. With `g = γ ∂y`: `∂x = (g − mean(g) − x̂ · mean(g x̂)) / √(σ² + ε)`.
#[derive(Clone, Copy, Debug)]
pub struct LayerNorm<const N: usize> {
    epsilon: f64,
}

impl<const N: usize> LayerNorm<N> {
    /// The layer; Keras's `epsilon` is 1e-3.
    #[must_use]
    pub const fn new(epsilon: f64) -> Self {
        Self { epsilon }
    }

    /// The forward pass.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn columns<S: InstructionSet, T: Scalar>(
        &self,
        parameters: &LayerNormParameters<N, T>,
        input: &[[T; N]],
        output: &mut [[T; N]],
        cache: &mut [LayerNormCache<T>],
    ) {
        let (gamma, beta) = (&parameters.gamma.data.0[0], &parameters.beta.data.0[0]);
        let count = T::from_f64(N as f64);
        for ((x, y), cache) in input.iter().zip(output).zip(cache) {
            let mean = reduce::sum::<T, N>(|row| x[row]) / count;
            let squares = reduce::sum::<T, N>(|row| (x[row] - mean) * (x[row] - mean));
            let inverse_deviation = T::ONE / (squares / count + T::from_f64(self.epsilon)).sqrt();
            for row in 0..N {
                y[row] = S::mul_add(gamma[row], (x[row] - mean) * inverse_deviation, beta[row]);
            }
            *cache = LayerNormCache { mean, inverse_deviation };
        }
    }
}

/// The parameters of a [`LayerNorm`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct LayerNormParameters<const N: usize, T> {
    /// `γ`, initially 1.
    pub gamma: SVector<T, N>,
    /// `β`, initially 0.
    pub beta: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] LayerNormParameters<N, T> as LayerNormParameters over T { gamma: SVector<T, N>, beta: SVector<T, N> });

/// What a [`LayerNorm`] keeps of each sample.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNormCache<T> {
    /// `μ`.
    mean: T,
    /// `1 / √(σ² + ε)`.
    inverse_deviation: T,
}

crate::flat::own_zeroable!([T: Scalar] LayerNormCache<T> as LayerNormCache { mean: T, inverse_deviation: T });

impl<const N: usize, T: Scalar> Layer<N, N, T> for LayerNorm<N> {
    type Parameters = LayerNormParameters<N, T>;
    type Cache = LayerNormCache<T>;

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.gamma.fill(T::ONE);
        parameters.beta.fill(T::ZERO);
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[T; N]],
        output: &mut [[T; N]],
        cache: &mut [Self::Cache],
    ) {
        self.columns::<S, T>(parameters, input, output, cache);
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[T; N]],
        _: &[[T; N]],
        cache: &[Self::Cache],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        gradient: &mut Self::Parameters,
    ) {
        let (gamma_gradient, beta_gradient) = (&mut gradient.gamma.data.0[0], &mut gradient.beta.data.0[0]);
        for ((x, dy), cache) in input.iter().zip(output_gradient.iter()).zip(cache) {
            for row in 0..N {
                gamma_gradient[row] = S::mul_add(dy[row], (x[row] - cache.mean) * cache.inverse_deviation, gamma_gradient[row]);
                beta_gradient[row] += dy[row];
            }
        }
        if let Some(mut sink) = input_gradient {
            let gamma = &parameters.gamma.data.0[0];
            let count = T::from_f64(N as f64);
            sink.write_columns(|column| {
                let (x, dy, LayerNormCache { mean, inverse_deviation }) = (&input[column], &output_gradient[column], cache[column]);
                let normalized = move |row: usize| (x[row] - mean) * inverse_deviation;
                let mean_gradient = reduce::sum::<T, N>(|row| gamma[row] * dy[row]) / count;
                let mean_product = reduce::sum::<T, N>(|row| gamma[row] * dy[row] * normalized(row)) / count;
                move |row: usize| (gamma[row] * dy[row] - mean_gradient - normalized(row) * mean_product) * inverse_deviation
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LayerNorm, LayerNormParameters};
    use crate::layer::check::{PREDICT, assert_near, check_gradients, columns, forward, value};
    use nalgebra::SVector;

    fn parameters<const N: usize>() -> LayerNormParameters<N, f64> {
        LayerNormParameters { gamma: SVector::from_fn(|row, _| value(row + 31)), beta: SVector::from_fn(|row, _| value(row + 77)) }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        // Mean 3, biased variance 5 − 1 + 1: with an epsilon of 1 the deviation is √6.
        let parameters = LayerNormParameters { gamma: [1.0, 2.0, -1.0, 1.0].into(), beta: [0.0, 0.0, 0.5, 0.0].into() };
        let output = forward(&LayerNorm::<4>::new(1.0), PREDICT, &parameters, &[[0.0, 2.0, 4.0, 6.0]]);
        let deviation = 6.0f64.sqrt();
        for (&y, expected) in output[0].iter().zip([-3.0 / deviation, -2.0 / deviation, 0.5 - 1.0 / deviation, 3.0 / deviation]) {
            assert_near(y, expected, "layer normalisation");
        }
    }

    #[test]
    fn a_large_offset_leaves_the_variance() {
        let parameters = LayerNormParameters { gamma: [1.0f64; 4].into(), beta: [0.0; 4].into() };
        let layer = LayerNorm::<4>::new(1e-3);
        let near = forward(&layer, PREDICT, &parameters, &[[-1.5, -0.5, 0.5, 1.5]]);
        let far = forward(&layer, PREDICT, &parameters, &[[1e6 - 1.5, 1e6 - 0.5, 1e6 + 0.5, 1e6 + 1.5]]);
        assert_eq!(near, far);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients(&LayerNorm::<1>::new(1e-3), PREDICT, &parameters(), &columns::<1>(3));
        check_gradients(&LayerNorm::<5>::new(1e-3), PREDICT, &parameters(), &columns::<5>(4));
        check_gradients(&LayerNorm::<21>::new(1e-3), PREDICT, &parameters(), &columns::<21>(2));
    }
}
