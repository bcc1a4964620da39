//! `Robust`: inputs with long tails, in units of their quartiles and smoothly clipped.

use nalgebra::SVector;
use rand::Rng;

use super::impute::fill_in;
use super::normalize::NEVER_ADAPTED;
use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};
use crate::model::is_missing;

/// `y = z / √(1 + (z/3)²)` with `z = (x − median) · factor`, value by value: between −3 and 3, and about `z` near 0.
///
/// The robust scaling and smooth clipping of `RealMLP`; Holzmüller, Grinsztajn, Steinwart 2024, "Better by Default: Strong Pre-Tuned MLPs and Boosted
/// Trees on Tabular Data". Median and factor are those of a data set that the layer was [adapted](crate::adapt::adapt) to: the factor is `1 / (q₇₅ − q₂₅)`
/// of the quartiles, `2 / (max − min)` where these are one number, and 0 for a value that was the same in every row. They are not trained, and their
/// gradient is 0; `∂x = factor · (1 + (z/3)²)^(−3/2) · ∂y`.
///
/// A layer that was never adapted has the factor −1, which no data have, and passes on what comes in. A missing value, NaN of a column that may be
/// missing, is the median and so 0. Where there are more outputs than inputs (`OUT > N`), the values are followed by an indicator for each column
/// that may be missing: 1 where it is, else 0.
#[derive(Clone, Copy, Debug)]
pub struct Robust<const N: usize, const OUT: usize> {
    optional: [bool; N],
}

/// The parameters of a [`Robust`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct RobustParameters<const N: usize, T> {
    /// Initially 0.
    pub median: SVector<T, N>,
    /// Initially −1, which says that the layer was never adapted.
    pub factor: SVector<T, N>,
}

crate::flat::own_flat!([const N: usize, T: Scalar] RobustParameters<N, T> as RobustParameters over T { median: SVector<T, N>, factor: SVector<T, N> });

/// Where values end, in units of the quartiles.
const BOUND: f64 = 3.0;
/// From here on `z / √(1 + (z/3)²)` is the bound in every type, and the square of `z` is far from its largest number.
const FAR: f64 = 1e9;

impl<const N: usize, const OUT: usize> Robust<N, OUT> {
    /// The layer, by which columns may be missing.
    #[must_use]
    pub const fn new(optional: [bool; N]) -> Self {
        Self { optional }
    }

    /// The layer on values none of which may be missing.
    #[must_use]
    pub const fn complete() -> Self {
        Self { optional: [false; N] }
    }
}

/// `y`, and what a small move of `x` moves it by.
#[inline(always)]
fn clipped<T: Scalar>(x: T, median: T, factor: T) -> (T, T) {
    if factor < T::ZERO {
        return (x, T::ONE);
    }
    let (far, z) = (T::from_f64(FAR), (x - median) * factor);
    let z = if z > far {
        far
    } else if z < -far {
        -far
    } else {
        z
    };
    let part = z * T::from_f64(1.0 / BOUND);
    let inverse = T::ONE / (T::ONE + part * part).sqrt();
    (z * inverse, factor * inverse * inverse * inverse)
}

/// One sample.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub(crate) fn column<T: Scalar>(optional: &[bool], median: &[T], factor: &[T], x: &[T], y: &mut [T]) {
    let columns = median.iter().zip(factor).map(|(&median, &factor)| (T::ZERO, move |x| clipped(x, median, factor).0));
    fill_in(optional, columns, x, y);
}

impl<const N: usize, const OUT: usize, T: Scalar> Layer<N, OUT, T> for Robust<N, OUT> {
    type Parameters = RobustParameters<N, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.median.fill(T::ZERO);
        parameters.factor.fill(T::from_f64(NEVER_ADAPTED));
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; OUT]], _: &mut [()]) {
        let (median, factor) = (&parameters.median.data.0[0], &parameters.factor.data.0[0]);
        for (x, y) in input.iter().zip(output) {
            column(&self.optional, median, factor, x, y);
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[T; N]],
        _: &[[T; OUT]],
        _: &[()],
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        _: &mut Self::Parameters,
    ) {
        if let Some(mut sink) = input_gradient {
            sink.write_columns(|column| {
                let (x, dy) = (&input[column], &output_gradient[column]);
                move |row: usize| {
                    let (_, slope) = clipped(x[row], parameters.median[row], parameters.factor[row]);
                    if self.optional[row] && is_missing(x[row]) { T::ZERO } else { dy[row] * slope }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Robust, RobustParameters};
    use crate::layer::Layer;
    use crate::layer::check::{PREDICT, assert_near, check_trained_gradients, columns, forward};

    const NAN: f64 = f64::NAN;

    fn parameters() -> RobustParameters<3, f64> {
        RobustParameters { median: [2.0, 1.0, 5.0].into(), factor: [0.25, 3.0, 0.0].into() }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        // In units of the quartiles 0 and 4, the second of which is clipped to 4 / (5/3); a constant is 0.
        let output = forward(&Robust::<3, 3>::complete(), PREDICT, &parameters(), &[[2.0, 1.0 + 4.0 / 3.0, 7.0]]);
        assert_near(output[0][0], 0.0, "the median");
        assert_near(output[0][1], 2.4, "a value far away");
        assert_near(output[0][2], 0.0, "a constant");
    }

    #[test]
    fn the_largest_values_are_the_bound() {
        let parameters = RobustParameters { median: [0.0f32, -1.0].into(), factor: [1.0f32, 1e30].into() };
        let mut output = [[0.0; 2]; 2];
        let layer = Robust::<2, 2>::complete();
        layer.forward::<crate::kernel::Portable>(PREDICT, &parameters, &[[f32::MAX, f32::MAX], [-1e20, -1e20]], &mut output, &mut [(), ()]);
        for (y, bound) in output.into_iter().zip([3.0f32, -3.0]) {
            assert!(y.iter().all(|y| (y - bound).abs() < 1e-6), "{y:?}");
        }
    }

    #[test]
    fn a_missing_value_is_the_median_and_is_indicated() {
        let output = forward(&Robust::<3, 5>::new([true, false, true]), PREDICT, &parameters(), &[[NAN, 1.0, 5.0], [2.0, NAN, NAN]]);
        assert_eq!(output[0], [0.0, 0.0, 0.0, 1.0, 0.0]);
        assert!(output[1][1].is_nan(), "what may not be missing stays none");
        assert_eq!((output[1][0], &output[1][2..]), (0.0, &[0.0, 0.0, 1.0][..]));
    }

    #[test]
    fn a_layer_that_was_never_adapted_passes_on_what_comes_in() {
        let parameters = RobustParameters { median: [0.0; 2].into(), factor: [-1.0; 2].into() };
        assert_eq!(forward(&Robust::<2, 2>::new([true, false]), PREDICT, &parameters, &[[NAN, 1e9]]), [[0.0, 1e9]]);
    }

    #[test]
    fn gradient_is_that_of_finite_differences_for_the_input_alone() {
        check_trained_gradients(&Robust::<3, 4>::new([true, false, false]), PREDICT, &parameters(), &columns::<3>(4), |_| false);
        let fresh = RobustParameters { median: [0.0; 3].into(), factor: [-1.0; 3].into() };
        check_trained_gradients(&Robust::<3, 3>::complete(), PREDICT, &fresh, &columns::<3>(4), |_| false);
    }
}
