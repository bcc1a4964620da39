//! `LayerNorm`.

use nalgebra::SVector;
use rand::Rng;

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet, reduce};

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
        for ((x, y), cache) in input.iter().zip(output).zip(cache) {
            *cache = LayerNormCache::of(x, self.epsilon);
            for row in 0..N {
                y[row] = S::mul_add(gamma[row], cache.normalized::<S>(x[row]), beta[row]);
            }
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

/// What a [`LayerNorm`] keeps of each sample: a half and a double, as `x − μ` itself may be beyond the largest number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LayerNormCache<T> {
    /// `μ / 2`.
    half_mean: T,
    /// `2 / √(σ² + ε)`.
    double_inverse: T,
}

crate::flat::own_zeroable!([T: Scalar] LayerNormCache<T> as LayerNormCache { half_mean: T, double_inverse: T });

impl<T: Scalar> LayerNormCache<T> {
    /// Of a sample. Sums are of distances from its first value, so that those of a constant are exactly its value and 0.
    #[inline(always)]
    fn of<const N: usize>(x: &[T; N], epsilon: f64) -> Self {
        let (first, count) = (x.first().copied().unwrap_or(T::ZERO), T::from_f64(N as f64));
        let mean = first + reduce::sum::<T, N>(|row| x[row] - first) / count;
        let squares = reduce::sum::<T, N>(|row| (x[row] - mean) * (x[row] - mean));
        let square = squares / count + T::from_f64(epsilon);
        // In between, no square has lost its bits or was too large.
        if square > T::from_f64(1e-30) && square.is_finite() {
            Self { half_mean: mean * T::from_f64(0.5), double_inverse: T::from_f64(2.0) / square.sqrt() }
        } else {
            Self::of_extreme(x, T::from_f64(libm::sqrt(epsilon)))
        }
    }

    /// As [`of`](Self::of), in units of the largest value, where squares cannot be trusted.
    #[cold]
    #[inline(never)]
    fn of_extreme(x: &[T], root_of_epsilon: T) -> Self {
        let largest = x.iter().fold(T::ZERO, |largest, x| largest.max(x.abs()));
        let unit = if largest == T::ZERO { T::ONE } else { largest };
        let (first, count) = (x.first().map_or(T::ZERO, |&first| first / unit), T::from_f64(x.len() as f64));
        let mean = first + x.iter().map(|&x| x / unit - first).sum::<T>() / count;
        let variance = x.iter().map(|&x| (x / unit - mean) * (x / unit - mean)).sum::<T>() / count;
        let deviation = variance.sqrt() * unit;
        // `√(σ² + ε)` without squares; a variance that is NaN must not be passed over.
        let (larger, smaller) = if deviation < root_of_epsilon { (root_of_epsilon, deviation) } else { (deviation, root_of_epsilon) };
        let ratio = smaller / larger;
        let double_inverse = if larger == T::ZERO { T::ZERO } else { T::from_f64(2.0) / (larger * (T::ONE + ratio * ratio).sqrt()) };
        Self { half_mean: mean * T::from_f64(0.5) * unit, double_inverse }
    }

    /// `x̂`.
    #[inline(always)]
    fn normalized<S: InstructionSet>(&self, x: T) -> T {
        S::mul_add(x, T::from_f64(0.5), -self.half_mean) * self.double_inverse
    }
}

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
                gamma_gradient[row] = S::mul_add(dy[row], cache.normalized::<S>(x[row]), gamma_gradient[row]);
                beta_gradient[row] += dy[row];
            }
        }
        if let Some(mut sink) = input_gradient {
            let gamma = &parameters.gamma.data.0[0];
            let count = T::from_f64(N as f64);
            sink.write_columns(|column| {
                let (x, dy, cache) = (&input[column], &output_gradient[column], cache[column]);
                let normalized = move |row: usize| cache.normalized::<S>(x[row]);
                let inverse_deviation = cache.double_inverse * T::from_f64(0.5);
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
    fn a_constant_gives_beta() {
        let parameters = LayerNormParameters { gamma: [3.0; 3].into(), beta: [0.5, -1.0, 2.0].into() };
        for constant in [14.62, 1e6 + 0.1, -1e300, 1e-300, 0.0] {
            for epsilon in [1e-3, 1e-40] {
                assert_eq!(forward(&LayerNorm::<3>::new(epsilon), PREDICT, &parameters, &[[constant; 3]])[0], [0.5, -1.0, 2.0], "{constant:e}");
            }
        }
    }

    /// Forward and backward in `f32`, for the gradient `dy`: `y` and `∂x`.
    fn single<const N: usize>(epsilon: f64, x: [f32; N], dy: [f32; N]) -> ([f32; N], [f32; N]) {
        use crate::kernel::{GradientSink, Portable};
        use crate::layer::Layer;
        let layer = LayerNorm::<N>::new(epsilon);
        let parameters = LayerNormParameters { gamma: [1.0f32; N].into(), beta: [0.0; N].into() };
        let (mut y, mut cache) = ([[0.0; N]], [crate::flat::zeroed()]);
        layer.forward::<Portable>(PREDICT, &parameters, &[x], &mut y, &mut cache);
        let (mut gradient, mut dx) = (parameters, [[0.0; N]]);
        layer.backward::<Portable>(
            PREDICT,
            &parameters,
            &[x],
            &y,
            &cache,
            &mut [dy],
            Some(GradientSink { columns: &mut dx, add: false }),
            &mut gradient,
        );
        (y[0], dx[0])
    }

    #[test]
    fn values_of_every_size_are_normalised_and_differentiated() {
        let (shape, dy) = ([-3.0f64, -1.0, 1.0, 3.0], [0.3f64, -0.2, 0.7, 0.1]);
        let (expected, deviation) = (shape.map(|x| x / 5.0f64.sqrt()), 5.0f64.sqrt());
        let mean = dy.iter().sum::<f64>() / 4.0;
        let product = dy.iter().zip(expected).map(|(dy, y)| dy * y).sum::<f64>() / 4.0;
        for scale in [1e-18, 1e-12, 1e-3, 1.0, 1e6, 1e18, 1e19, 1e25, 1e37, f64::from(f32::MAX) / 3.0] {
            // So small an epsilon that it does not count.
            let epsilon = (scale * scale * 1e-12).min(1e-3);
            let (y, dx) = single(epsilon, shape.map(|x| (x * scale) as f32), dy.map(|dy| dy as f32));
            for row in 0..4 {
                assert!((f64::from(y[row]) - expected[row]).abs() < 1e-6, "{scale:e}: {y:?}");
                let exact = (dy[row] - mean - expected[row] * product) / deviation / scale;
                assert!((f64::from(dx[row]) - exact).abs() < 2e-6 / scale, "{scale:e}: {dx:?}, not {exact:e}");
            }
        }
        // The distance from the mean is beyond the largest number.
        let (y, _) = single(1e-3, [f32::MAX, f32::MAX, -f32::MAX], [0.0; 3]);
        let root = 0.5f32.sqrt();
        assert!(y.iter().zip([root, root, -2.0 * root]).all(|(y, exact)| (y - exact).abs() < 1e-6), "{y:?}");
        // Of values far below it, epsilon makes little.
        let (y, _) = single(1e-3, [1e-30, -1e-30], [0.0; 2]);
        assert!((y[0] / 1e-30 * 1e-3f32.sqrt() - 1.0).abs() < 1e-5 && y[1] == -y[0], "{y:?}");
        for wrong in [f32::NAN, f32::INFINITY] {
            assert!(single(1e-3, [1.0, wrong, 2.0], [0.0; 3]).0.iter().all(|y| y.is_nan()));
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients(&LayerNorm::<1>::new(1e-3), PREDICT, &parameters(), &columns::<1>(3));
        check_gradients(&LayerNorm::<5>::new(1e-3), PREDICT, &parameters(), &columns::<5>(4));
        check_gradients(&LayerNorm::<21>::new(1e-3), PREDICT, &parameters(), &columns::<21>(2));
    }
}
