//! `RmsNorm`.

use nalgebra::SVector;
use rand::Rng;

use super::{Context, Layer};
use crate::kernel::{GradientSink, reduce};
use crate::{InstructionSet, Scalar};

/// `y = γ x̂` with `x̂ = x / √(mean(x²) + ε)`, the mean over the sample's `N` values.
///
/// As Keras's `RMSNormalization`; Zhang, Sennrich 2019. With `g = γ ∂y`: `∂x = (g − x̂ · mean(g x̂)) / √(mean(x²) + ε)`, `∂γ = ∂y x̂`.
#[derive(Clone, Copy, Debug)]
pub struct RmsNorm<const N: usize> {
    epsilon: f64,
}

impl<const N: usize> RmsNorm<N> {
    /// The layer; Keras's `epsilon` is 1e-6.
    #[must_use]
    pub const fn new(epsilon: f64) -> Self {
        Self { epsilon }
    }

    /// The forward pass.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn columns<T: Scalar>(&self, parameters: &RmsNormParameters<N, T>, input: &[[T; N]], output: &mut [[T; N]], cache: &mut [T]) {
        let scale = &parameters.scale.data.0[0];
        for ((x, y), inverse) in input.iter().zip(output).zip(cache) {
            *inverse = inverse_root::<T, N>(x, self.epsilon);
            for row in 0..N {
                y[row] = scale[row] * (x[row] * *inverse);
            }
        }
    }
}

/// The parameters of a [`RmsNorm`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct RmsNormParameters<const N: usize, T> {
    /// `γ`, initially 1.
    pub scale: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] RmsNormParameters<N, T> as RmsNormParameters over T { scale: SVector<T, N> });

/// `1 / √(mean(x²) + ε)`.
#[inline(always)]
fn inverse_root<T: Scalar, const N: usize>(x: &[T; N], epsilon: f64) -> T {
    let square = reduce::sum::<T, N>(|row| x[row] * x[row]) / T::from_f64(N as f64) + T::from_f64(epsilon);
    // In between, no square has lost its bits or was too large.
    if square > T::from_f64(1e-30) && square.is_finite() { T::ONE / square.sqrt() } else { of_extreme(x, T::from_f64(libm::sqrt(epsilon))) }
}

/// As [`inverse_root`], in units of the largest value, where squares cannot be trusted.
#[cold]
#[inline(never)]
fn of_extreme<T: Scalar>(x: &[T], root_of_epsilon: T) -> T {
    let largest = x.iter().fold(root_of_epsilon, |largest, x| largest.max(x.abs()));
    // A value that is NaN must not be passed over, as `max` does.
    if largest == T::ZERO || !x.iter().all(|x| x.is_finite()) {
        return x.iter().fold(T::ZERO, |sum, &x| sum + x * T::ZERO);
    }
    let ratio = root_of_epsilon / largest;
    let mean = x.iter().map(|&x| (x / largest) * (x / largest)).sum::<T>() / T::from_f64(x.len() as f64);
    T::ONE / ((mean + ratio * ratio).sqrt() * largest)
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for RmsNorm<N> {
    type Parameters = RmsNormParameters<N, T>;
    /// `1 / √(mean(x²) + ε)`.
    type Cache = T;

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.scale.fill(T::ONE);
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
        self.columns::<T>(parameters, input, output, cache);
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
        let scale_gradient = &mut gradient.scale.data.0[0];
        for ((x, dy), &inverse) in input.iter().zip(output_gradient.iter()).zip(cache) {
            for row in 0..N {
                scale_gradient[row] = S::mul_add(dy[row], x[row] * inverse, scale_gradient[row]);
            }
        }
        if let Some(mut sink) = input_gradient {
            let scale = &parameters.scale.data.0[0];
            sink.write_columns(|column| {
                let (x, dy, inverse) = (&input[column], &output_gradient[column], cache[column]);
                let mean_product = reduce::sum::<T, N>(|row| scale[row] * dy[row] * (x[row] * inverse)) / T::from_f64(N as f64);
                move |row: usize| (scale[row] * dy[row] - x[row] * inverse * mean_product) * inverse
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{RmsNorm, RmsNormParameters};
    use crate::layer::check::{PREDICT, assert_near, check_gradients, columns, forward, value};
    use nalgebra::SVector;

    #[test]
    fn values_are_those_of_the_formula() {
        // The mean of the squares is 14; with an epsilon of 2 the root is 4.
        let parameters = RmsNormParameters { scale: [1.0, 2.0, -1.0, 1.0].into() };
        let output = forward(&RmsNorm::<4>::new(2.0), PREDICT, &parameters, &[[0.0, 2.0, 4.0, 6.0]]);
        for (&y, expected) in output[0].iter().zip([0.0, 1.0, -1.0, 1.5]) {
            assert_near(y, expected, "normalisation by the root of the mean square");
        }
    }

    /// The forward pass of one sample in `f32`.
    fn single<const N: usize>(layer: &RmsNorm<N>, parameters: &RmsNormParameters<N, f32>, x: [f32; N]) -> [f32; N] {
        let (mut y, mut cache) = ([[0.0; N]], [0.0]);
        layer.columns(parameters, &[x], &mut y, &mut cache);
        y[0]
    }

    #[test]
    fn values_of_every_size_are_normalised() {
        let parameters = RmsNormParameters { scale: [1.0f32; 3].into() };
        for scale in [1e-19, 1e-12, 1.0, 1e19, 1e25, f32::MAX / 2.0] {
            // So small an epsilon that it does not count.
            let epsilon = (f64::from(scale) * f64::from(scale) * 1e-12).min(1e-6);
            let output = single(&RmsNorm::<3>::new(epsilon), &parameters, [scale, -scale, 2.0 * scale]);
            let root = 2.0f32.sqrt();
            for (y, expected) in output.into_iter().zip([1.0 / root, -1.0 / root, root]) {
                assert!((y - expected).abs() < 1e-6, "{scale:e}: {output:?}");
            }
        }
        assert_eq!(single(&RmsNorm::<3>::new(1e-6), &parameters, [0.0; 3]), [0.0; 3]);
        assert_eq!(single(&RmsNorm::<3>::new(1e-46), &parameters, [0.0; 3]), [0.0; 3]);
        for wrong in [f32::NAN, f32::INFINITY] {
            assert!(single(&RmsNorm::<3>::new(1e-6), &parameters, [1.0, wrong, 2.0]).iter().all(|y| y.is_nan()), "{wrong}");
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        fn parameters<const N: usize>() -> RmsNormParameters<N, f64> {
            RmsNormParameters { scale: SVector::from_fn(|row, _| value(row + 31)) }
        }
        check_gradients(&RmsNorm::<1>::new(1e-3), PREDICT, &parameters(), &columns::<1>(3));
        check_gradients(&RmsNorm::<5>::new(1e-6), PREDICT, &parameters(), &columns::<5>(4));
        check_gradients(&RmsNorm::<21>::new(1e-6), PREDICT, &parameters(), &columns::<21>(2));
    }
}
