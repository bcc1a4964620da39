//! `Piecewise`: numbers as how far they are through each of some bins.

use nalgebra::SMatrix;
use rand::Rng;

use super::normalize::NEVER_ADAPTED;
use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// The piecewise linear encoding of each of `N` numbers: `BINS` values, `(x − start) / length` of each bin, held between 0 before and 1 behind it.
///
/// Gorishniy, Rubachev, Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep Learning", equation 1. As there the first bin is not held
/// at 0 nor the last at 1, so that numbers outside of what was seen are told apart. `OUT` is `N · BINS`; the bins of a number follow each other.
///
/// The edges of the bins are quantiles of a data set that the layer was [adapted](crate::adapt::adapt) to, `0, 1/BINS, .., 1`. They are not trained, and
/// their gradient is 0; `∂x` is the sum of `∂y / length` over the bins that `x` moves in. Quantiles that are one number count once: there are fewer
/// bins then, and those that are left over at the end are empty. An empty bin has the length 0 and gives 0, and so does every bin of a constant.
///
/// A layer that was never adapted has lengths of −1, which no data have, and gives 0.
#[derive(Clone, Copy, Debug, Default)]
pub struct Piecewise<const N: usize, const BINS: usize, const OUT: usize>;

/// The parameters of a [`Piecewise`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct PiecewiseParameters<const N: usize, const BINS: usize, T> {
    /// Where the bins begin, one column a number; initially 0.
    pub start: SMatrix<T, BINS, N>,
    /// How long they are; initially −1, which says that the layer was never adapted.
    pub length: SMatrix<T, BINS, N>,
}

crate::flat::own_flat!([const N: usize, const BINS: usize, T: Scalar] PiecewiseParameters<N, BINS, T> as PiecewiseParameters over T {
    start: SMatrix<T, BINS, N>, length: SMatrix<T, BINS, N>,
});

impl<const N: usize, const BINS: usize, const OUT: usize> Piecewise<N, BINS, OUT> {
    /// The layer.
    #[must_use]
    pub const fn new() -> Self {
        assert!(N * BINS == OUT, "there is a value for each bin of each number");
        Self
    }
}

/// How far `x` is through a bin, and what a small move of `x` moves that by.
#[inline(always)]
fn through<T: Scalar>(x: T, start: &[T], length: &[T], bin: usize) -> (T, T) {
    let (start, own, next) = (start[bin], length[bin], length.get(bin + 1).copied().unwrap_or(T::ZERO));
    if own <= T::ZERO {
        // What is no number stays none.
        return if x.is_finite() { (T::ZERO, T::ZERO) } else { (x * T::ZERO, T::ZERO) };
    }
    let part = (x - start) / own;
    if bin > 0 && part < T::ZERO {
        (T::ZERO, T::ZERO)
    } else if next > T::ZERO && part >= T::ONE {
        (T::ONE, T::ZERO)
    } else {
        (part, T::ONE / own)
    }
}

/// One number.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub(crate) fn number<T: Scalar>(x: T, start: &[T], length: &[T], y: &mut [T]) {
    for (bin, y) in y.iter_mut().enumerate() {
        *y = through(x, start, length, bin).0;
    }
}

impl<const N: usize, const BINS: usize, const OUT: usize, T: Scalar> Layer<N, OUT, T> for Piecewise<N, BINS, OUT> {
    type Parameters = PiecewiseParameters<N, BINS, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, _: &mut R) {
        parameters.start.fill(T::ZERO);
        parameters.length.fill(T::from_f64(NEVER_ADAPTED));
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; OUT]], _: &mut [()]) {
        let (start, length) = (&parameters.start.data.0, &parameters.length.data.0);
        for (x, y) in input.iter().zip(output) {
            for (((&x, y), start), length) in x.iter().zip(y.as_chunks_mut::<BINS>().0).zip(start).zip(length) {
                number(x, start, length, y);
            }
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
            let (start, length) = (&parameters.start.data.0, &parameters.length.data.0);
            sink.write_columns(|column| {
                let (x, dy) = (&input[column], output_gradient[column].as_chunks::<BINS>().0);
                move |row: usize| {
                    let slopes = dy[row].iter().enumerate().map(|(bin, &dy)| dy * through(x[row], &start[row], &length[row], bin).1);
                    slopes.fold(T::ZERO, |sum, slope| sum + slope)
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Piecewise, PiecewiseParameters};
    use crate::layer::check::{PREDICT, check_trained_gradients, columns, forward};
    use nalgebra::{Matrix3, Vector2};

    /// Bins from 0 to 1, 3 and 7; two bins from −1 to 0 and 2, and an empty one; a constant.
    fn parameters() -> PiecewiseParameters<3, 3, f64> {
        PiecewiseParameters {
            start: Matrix3::new(0.0, -1.0, 5.0, 1.0, 0.0, 5.0, 3.0, 2.0, 5.0),
            length: Matrix3::new(1.0, 1.0, 0.0, 2.0, 2.0, 0.0, 4.0, 0.0, 0.0),
        }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        let output = forward(&Piecewise::<3, 3, 9>::new(), PREDICT, &parameters(), &[[2.0, 1.0, 5.0], [-1.0, 4.0, 9.0], [9.0, -3.0, 1.0]]);
        assert_eq!(output[0], [1.0, 0.5, 0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0]);
        // Outside of what was seen the first bin goes on below 0, and the last that is not empty above 1.
        assert_eq!(output[1], [-1.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(output[2], [1.0, 1.0, 1.5, -2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_layer_that_was_never_adapted_gives_0() {
        let fresh = PiecewiseParameters { start: Vector2::zeros(), length: Vector2::repeat(-1.0) };
        assert_eq!(forward(&Piecewise::<1, 2, 2>::new(), PREDICT, &fresh, &[[3.0]]), [[0.0; 2]]);
        assert!(forward(&Piecewise::<1, 2, 2>::new(), PREDICT, &fresh, &[[f64::NAN]])[0].iter().all(|y| y.is_nan()));
    }

    #[test]
    fn gradient_is_that_of_finite_differences_for_the_input_alone() {
        check_trained_gradients(&Piecewise::<3, 3, 9>::new(), PREDICT, &parameters(), &columns::<3>(5), |_| false);
    }
}
