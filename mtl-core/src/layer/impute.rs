//! `Impute`, and `Normalize` of columns that may be missing: what is put in the place of a missing value.

use rand::Rng;

use super::normalize::{NEVER_ADAPTED, centre_and_factor};
use super::{Context, Layer, NormalizeParameters};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};
use crate::model::is_missing;

/// Fills in missing values, which NaN stands for in columns that may be missing, and in those alone.
///
/// Without normalising, a missing value is the mean that [`adapt`](crate::adapt::adapt) measured of those that are there, and all others pass; with it,
/// `y = (x − mean) / √variance`, where a missing value is the mean and so 0. Where there are more outputs than inputs (`OUT > N`), the values are
/// followed by an indicator for each column that may be missing: 1 where it is, else 0 (mean imputation with missing indicators, Little and Rubin
/// 2019, "Statistical Analysis with Missing Data").
///
/// A layer that was never adapted fills in 0.
#[derive(Clone, Copy, Debug)]
pub struct Impute<const N: usize, const OUT: usize> {
    optional: [bool; N],
    normalizes: bool,
}

impl<const N: usize, const OUT: usize> Impute<N, OUT> {
    /// The layer, by which columns may be missing, and whether it normalises.
    #[must_use]
    pub const fn new(optional: [bool; N], normalizes: bool) -> Self {
        Self { optional, normalizes }
    }
}

/// What is put in the place of a missing value, and `(c, a)` of `y = (x − c) a` of all others.
#[inline(always)]
pub(crate) fn constants<T: Scalar>(normalizes: bool, mean: T, variance: T) -> (T, T, T) {
    if normalizes {
        let (centre, factor) = centre_and_factor(mean, variance);
        (T::ZERO, centre, factor)
    } else {
        (mean, T::ZERO, T::ONE)
    }
}

/// One sample, by what each column puts in the place of a missing value and makes of another; indicators follow, one for each optional column, as far as
/// there is room for them.
#[inline(always)]
pub(super) fn fill_in<T: Scalar, V: FnOnce(T) -> T>(optional: &[bool], columns: impl Iterator<Item = (T, V)>, x: &[T], y: &mut [T]) {
    let (values, indicators) = y.split_at_mut(x.len().min(y.len()));
    let mut indicators = indicators.iter_mut();
    for (((&x, y), &optional), (fill, value)) in x.iter().zip(values).zip(optional).zip(columns) {
        let missing = optional && is_missing(x);
        *y = if missing { fill } else { value(x) };
        if optional && let Some(indicator) = indicators.next() {
            *indicator = if missing { T::ONE } else { T::ZERO };
        }
    }
}

/// One sample.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
fn column<T: Scalar>(normalizes: bool, optional: &[bool], mean: &[T], variance: &[T], x: &[T], y: &mut [T]) {
    let columns = mean.iter().zip(variance).map(|(&mean, &variance)| {
        let (fill, centre, factor) = constants(normalizes, mean, variance);
        (fill, move |x| (x - centre) * factor)
    });
    fill_in(optional, columns, x, y);
}

impl<const N: usize, const OUT: usize, T: Scalar> Layer<N, OUT, T> for Impute<N, OUT> {
    type Parameters = NormalizeParameters<N, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.mean.fill(T::ZERO);
        parameters.variance.fill(T::from_f64(NEVER_ADAPTED));
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; OUT]], _: &mut [()]) {
        let (mean, variance) = (&parameters.mean.data.0[0], &parameters.variance.data.0[0]);
        for (x, y) in input.iter().zip(output) {
            column(self.normalizes, &self.optional, mean, variance, x, y);
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
                    let (_, _, factor) = constants(self.normalizes, parameters.mean[row], parameters.variance[row]);
                    if self.optional[row] && is_missing(x[row]) { T::ZERO } else { dy[row] * factor }
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Impute, NormalizeParameters};
    use crate::layer::check::{PREDICT, check_trained_gradients, columns, forward};

    const NAN: f64 = f64::NAN;

    fn parameters() -> NormalizeParameters<3, f64> {
        NormalizeParameters { mean: [2.0, 1.0, 5.0].into(), variance: [16.0, 4.0, 0.0].into() }
    }

    #[test]
    fn a_missing_value_is_the_mean_and_is_indicated() {
        let input = [[6.0, NAN, NAN], [2.0, 3.0, 7.0]];
        let kept = forward(&Impute::<3, 5>::new([false, true, true], false), PREDICT, &parameters(), &input);
        assert_eq!(kept, [[6.0, 1.0, 5.0, 1.0, 1.0], [2.0, 3.0, 7.0, 0.0, 0.0]]);
        let normalized = forward(&Impute::<3, 5>::new([false, true, true], true), PREDICT, &parameters(), &input);
        assert_eq!(normalized, [[1.0, 0.0, 0.0, 1.0, 1.0], [0.0, 1.0, 0.0, 0.0, 0.0]]);
        assert_eq!(forward(&Impute::<3, 3>::new([false, true, true], true), PREDICT, &parameters(), &input), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
    }

    #[test]
    fn what_may_not_be_missing_stays_none() {
        let output = forward(&Impute::<3, 4>::new([false, true, false], true), PREDICT, &parameters(), &[[NAN, 1.0, f64::INFINITY]]);
        assert!(output[0][0].is_nan() && output[0][2].is_nan(), "{output:?}");
    }

    #[test]
    fn a_layer_that_was_never_adapted_fills_in_0() {
        let parameters = NormalizeParameters { mean: [0.0; 2].into(), variance: [-1.0; 2].into() };
        for normalizes in [false, true] {
            assert_eq!(forward(&Impute::<2, 2>::new([true; 2], normalizes), PREDICT, &parameters, &[[NAN, 3.0]]), [[0.0, 3.0]]);
        }
    }

    #[test]
    fn gradient_is_that_of_finite_differences_for_the_input_alone() {
        for normalizes in [false, true] {
            check_trained_gradients(&Impute::<3, 4>::new([true, false, false], normalizes), PREDICT, &parameters(), &columns::<3>(4), |_| false);
        }
    }
}
