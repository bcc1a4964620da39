//! `Periodic`: numbers as cosines and sines of trained frequencies.

use nalgebra::SMatrix;
use rand::Rng;

use super::{Context, Layer};
use crate::init;
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `cos(2π c x)` and then `sin(2π c x)` of each of `N` numbers `x`, for `K` frequencies `c` of its own that are trained.
///
/// Gorishniy, Rubachev, Babenko 2022, "On Embeddings for Numerical Features in Tabular Deep Learning": a `Dense` behind it can follow a function of `x`
/// that is not smooth. `OUT` is `2 N K`; the values of a number follow each other. The frequencies are drawn from a normal distribution with the
/// standard deviation `sigma`: the larger it is, the finer is what can be told apart of standardised numbers.
///
/// With `g = cos · ∂sin − sin · ∂cos` it is `∂c = Σ 2π x g` over the samples, and `∂x = Σ 2π c g` over the frequencies.
#[derive(Clone, Copy, Debug)]
pub struct Periodic<const N: usize, const K: usize, const OUT: usize> {
    sigma: f64,
}

/// The parameters of a [`Periodic`] layer.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C)]
pub struct PeriodicParameters<const N: usize, const K: usize, T> {
    /// `c`, one column a number; in memory `[N, K]`.
    pub frequency: SMatrix<T, K, N>,
}

crate::flat::own_flat!([const N: usize, const K: usize, T: Scalar] PeriodicParameters<N, K, T> as PeriodicParameters over T { frequency: SMatrix<T, K, N> });

impl<const N: usize, const K: usize, const OUT: usize> Periodic<N, K, OUT> {
    /// The layer, by the standard deviation of the first frequencies.
    #[must_use]
    pub const fn new(sigma: f64) -> Self {
        assert!(2 * N * K == OUT, "there are two values for each frequency of each number");
        Self { sigma }
    }
}

/// `cos(2π t)` and `sin(2π t)`, the same bits on every processor. Whole turns are taken off before anything is rounded.
#[inline(always)]
pub(crate) fn of_turns<T: Scalar>(t: T) -> (T, T) {
    // What a number is rounded to a whole one by: as far up its last bit is 1.
    let whole = T::from_f64(if size_of::<T>() == 4 { 1.5 * 8_388_608.0 } else { 1.5 * 4_503_599_627_370_496.0 });
    // A number that is larger has no digits to tell an angle by. An infinite one has no angle.
    let part = if t.abs() < whole * T::from_f64(1.0 / 3.0) { t - ((t + whole) - whole) } else { t * T::ZERO };
    let quarters = T::from_f64(4.0) * part;
    let (one, two) = (T::ONE, T::from_f64(2.0));
    let folded = if quarters > one {
        two - quarters
    } else if quarters < -one {
        -two - quarters
    } else {
        quarters
    };
    (sine_of_quarter_turns(one - quarters.abs()), sine_of_quarter_turns(folded))
}

/// `sin(π t / 2)` for `t` in `[−1, 1]`: its Taylor series as far as `t²¹`, whose error is below 1e-17.
#[inline(always)]
fn sine_of_quarter_turns<T: Scalar>(t: T) -> T {
    let x = t * T::from_f64(core::f64::consts::FRAC_PI_2);
    let square = x * x;
    let mut sum = T::ONE;
    // sin x = x (1 − x²/(2·3) (1 − x²/(4·5) (…))).
    let mut degree = 20.0;
    while degree >= 2.0 {
        sum = T::ONE - square * T::from_f64(1.0 / (degree * (degree + 1.0))) * sum;
        degree -= 2.0;
    }
    x * sum
}

/// One number.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
pub(crate) fn number<T: Scalar>(x: T, frequency: &[T], y: &mut [T]) {
    let (cosines, sines) = y.split_at_mut(frequency.len().min(y.len()));
    for ((&c, cosine), sine) in frequency.iter().zip(cosines).zip(sines) {
        (*cosine, *sine) = of_turns(c * x);
    }
}

impl<const N: usize, const K: usize, const OUT: usize, T: Scalar> Layer<N, OUT, T> for Periodic<N, K, OUT> {
    type Parameters = PeriodicParameters<N, K, T>;
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, rng: &mut R) {
        for frequency in &mut parameters.frequency {
            *frequency = T::from_f64(self.sigma * init::standard_normal(rng));
        }
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; N]], output: &mut [[T; OUT]], _: &mut [()]) {
        for (x, y) in input.iter().zip(output) {
            for ((&x, frequency), y) in x.iter().zip(&parameters.frequency.data.0).zip(y.chunks_exact_mut((2 * K).max(1))) {
                number(x, frequency, y);
            }
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        parameters: &Self::Parameters,
        input: &[[T; N]],
        output: &[[T; OUT]],
        _: &[()],
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        gradient: &mut Self::Parameters,
    ) {
        let turn = T::from_f64(2.0 * core::f64::consts::PI);
        for ((x, y), dy) in input.iter().zip(output).zip(output_gradient.iter_mut()) {
            let each = x.iter().zip(&mut gradient.frequency.data.0).zip(y.chunks_exact((2 * K).max(1)).zip(dy.chunks_exact_mut((2 * K).max(1))));
            for ((&x, sums), (y, dy)) in each {
                let ((cosines, sines), (of_cosines, of_sines)) = (y.split_at(K), dy.split_at_mut(K));
                for (k, sum) in sums.iter_mut().enumerate() {
                    let angle = turn * (cosines[k] * of_sines[k] - sines[k] * of_cosines[k]);
                    *sum = S::mul_add(x, angle, *sum);
                    // The input's gradient reads it there.
                    of_cosines[k] = angle;
                }
            }
        }
        if let Some(mut sink) = input_gradient {
            sink.write_columns(|column| {
                let dy = &output_gradient[column];
                move |row: usize| (0..K).fold(T::ZERO, |sum, k| sum + parameters.frequency[(k, row)] * dy[2 * K * row + k])
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Periodic, PeriodicParameters, of_turns};
    use crate::layer::Layer;
    use crate::layer::check::{PREDICT, assert_near, check_gradients, columns, forward, value};
    use nalgebra::SMatrix;

    #[test]
    fn values_are_those_of_the_formula() {
        let parameters = PeriodicParameters { frequency: SMatrix::<f64, 2, 2>::new(0.25, 1.0, 0.5, -0.125) };
        let output = forward(&Periodic::<2, 2, 8>::new(0.1), PREDICT, &parameters, &[[1.0, 2.0]]);
        for (number, expected) in [0.0, -1.0, 1.0, 0.0, 1.0, 0.0, 0.0, -1.0].into_iter().enumerate() {
            assert_near(output[0][number], expected, "a cosine or a sine");
        }
    }

    #[test]
    fn angles_of_every_size_have_their_cosine_and_sine() {
        for number in -4000..4000 {
            let t = f64::from(number) * 0.0137;
            let (cosine, sine) = of_turns(t);
            let angle = 2.0 * core::f64::consts::PI * (t - t.round());
            assert!((cosine - angle.cos()).abs() < 4e-16 && (sine - angle.sin()).abs() < 4e-16, "{t}: {cosine} {sine}");
            let (cosine, sine) = of_turns(t as f32);
            let angle = 2.0 * core::f64::consts::PI * f64::from(t as f32);
            assert!((f64::from(cosine) - angle.cos()).abs() < 3e-7 && (f64::from(sine) - angle.sin()).abs() < 3e-7, "{t}: {cosine} {sine}");
        }
        for far in [1e6f32, 1e10, f32::MAX, -f32::MAX] {
            let (cosine, sine) = of_turns(far);
            assert_eq!((cosine, sine), (1.0, 0.0), "{far}");
        }
        assert!(of_turns(f64::INFINITY).0.is_nan() && of_turns(f32::NAN).1.is_nan());
    }

    #[test]
    fn frequencies_are_drawn_with_the_standard_deviation() {
        let mut parameters = PeriodicParameters { frequency: SMatrix::<f64, 500, 4>::zeros() };
        Layer::<4, 4000, f64>::initialize(&Periodic::<4, 500, 4000>::new(0.3), &mut parameters, &mut crate::init::seeded(3));
        let deviation = (parameters.frequency.iter().map(|c| c * c).sum::<f64>() / 2000.0).sqrt();
        assert!((deviation - 0.3).abs() < 0.02, "{deviation}");
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        fn parameters<const N: usize, const K: usize>() -> PeriodicParameters<N, K, f64> {
            PeriodicParameters { frequency: SMatrix::from_fn(|row, column| 0.3 * value(7 * row + column + 5)) }
        }
        check_gradients(&Periodic::<1, 1, 2>::new(0.1), PREDICT, &parameters(), &columns::<1>(3));
        check_gradients(&Periodic::<3, 2, 12>::new(0.1), PREDICT, &parameters(), &columns::<3>(4));
    }
}
