//! `GaussianNoise`.

use rand::Rng;

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// `y = x + σ ε` with standard normal `ε` in training; identity when predicting. As Keras's `GaussianNoise`.
///
/// `ε = √(−2 ln u) · sin(π t / 2)` with `u` uniform in `(0, 1]` and `t` in `[−1, 1)`: the method of Box and Muller (1958),
/// whose cosine of a uniform angle has the same distribution. Both numbers are hashes of the value's place
/// ([`Context::random_bits`]). The gradient is that of the identity.
#[derive(Clone, Copy, Debug)]
pub struct GaussianNoise<const N: usize> {
    standard_deviation: f64,
}

impl<const N: usize> GaussianNoise<N> {
    /// Noise of the standard deviation `stddev`.
    ///
    /// # Panics
    ///
    /// Unless `stddev` is finite and not negative. In a `const` that is an error when compiling.
    #[must_use]
    pub const fn new(stddev: f64) -> Self {
        assert!(stddev >= 0.0 && stddev < f64::INFINITY, "a standard deviation is at least 0");
        Self { standard_deviation: stddev }
    }
}

/// A standard normal draw from two hashes.
#[inline(always)]
fn standard_normal<T: Scalar>(first: u32, second: u32) -> T {
    const UNIT: f64 = 1.0 / 4_294_967_296.0;
    let u = T::from_f64((f64::from(first) + 1.0) * UNIT);
    let t = T::from_f64(f64::from(second) * (2.0 * UNIT) - 1.0);
    (T::from_f64(-2.0) * u.ln()).sqrt() * sine_of_quarter_turns(t)
}

/// `sin(π t / 2)` for `t` in `[−1, 1]`: its Taylor series as far as `t¹⁵`, whose error is below 7e-12.
#[inline(always)]
fn sine_of_quarter_turns<T: Scalar>(t: T) -> T {
    let x = t * T::from_f64(core::f64::consts::FRAC_PI_2);
    let square = x * x;
    let mut sum = T::ONE;
    // sin x = x (1 − x²/(2·3) (1 − x²/(4·5) (…))).
    let mut degree = 14.0;
    while degree >= 2.0 {
        sum = T::ONE - square * T::from_f64(1.0 / (degree * (degree + 1.0))) * sum;
        degree -= 2.0;
    }
    x * sum
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for GaussianNoise<N> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, context: Context, (): &(), input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        for (column, (input, output)) in input.iter().zip(output).enumerate() {
            if context.pass.training {
                let deviation = T::from_f64(self.standard_deviation);
                for (row, (&x, y)) in input.iter().zip(output).enumerate() {
                    // Rows beyond the layer's own are a second stream of the same hash.
                    *y = x + deviation * standard_normal(context.random_bits(column, row), context.random_bits(column, N + row));
                }
            } else {
                *output = *input;
            }
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        _: &[[T; N]],
        _: &[[T; N]],
        _: &[()],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        (): &mut (),
    ) {
        if let Some(mut sink) = input_gradient {
            sink.write_columns(|column| {
                let dy = &output_gradient[column];
                |row: usize| dy[row]
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GaussianNoise, sine_of_quarter_turns, standard_normal};
    use crate::layer::check::{PREDICT, TRAIN, check_gradients, columns, forward};
    use crate::layer::context::{Context, Pass};

    #[test]
    fn predicting_is_the_identity() {
        let input = columns::<7>(5);
        assert_eq!(forward(&GaussianNoise::<7>::new(2.0), PREDICT, &(), &input), input);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients(&GaussianNoise::<9>::new(0.5), TRAIN, &(), &columns::<9>(4));
    }

    #[test]
    fn the_series_is_the_sine() {
        for number in 0..=1000 {
            let t = f64::from(number) / 500.0 - 1.0;
            assert!((sine_of_quarter_turns(t) - (core::f64::consts::FRAC_PI_2 * t).sin()).abs() < 7e-12, "at {t}");
        }
    }

    #[test]
    fn the_rarest_draws_are_finite() {
        for first in [0, 1, u32::MAX - 1, u32::MAX] {
            for second in [0, u32::MAX / 2, u32::MAX] {
                assert!(standard_normal::<f64>(first, second).abs() < 6.7);
                assert!(standard_normal::<f32>(first, second).abs() < 6.7);
            }
        }
    }

    #[test]
    fn moments_and_tails_are_those_of_the_normal_distribution() {
        let output = forward(&GaussianNoise::<250>::new(3.0), TRAIN, &(), &[[0.0; 250]; 4000]);
        let draws = output.as_flattened();
        let moment = |power: i32| draws.iter().map(|y| (y / 3.0).powi(power)).sum::<f64>() / draws.len() as f64;
        // Five standard deviations of each moment of a million independent draws.
        for (power, expected, variance) in [(1, 0.0, 1.0f64), (2, 1.0, 2.0), (3, 0.0, 15.0), (4, 3.0, 96.0)] {
            assert!((moment(power) - expected).abs() < 5e-3 * variance.sqrt(), "moment {power}: {}", moment(power));
        }
        for (bound, share) in [(1.0, 0.317_310_5), (2.0, 0.045_500_3), (3.0, 0.002_699_8f64)] {
            let beyond = draws.iter().filter(|y| (*y / 3.0).abs() > bound).count() as f64 / draws.len() as f64;
            assert!((beyond - share).abs() < 5e-3 * share.sqrt(), "{beyond} beyond {bound}");
        }
        let neighbours = draws.windows(2).map(|pair| pair[0] * pair[1] / 9.0).sum::<f64>() / draws.len() as f64;
        assert!(neighbours.abs() < 5e-3, "neighbours correlate: {neighbours}");
    }

    #[test]
    fn the_noise_does_not_depend_on_the_tiles() {
        let layer = GaussianNoise::<6>::new(1.0);
        let input = columns::<6>(8);
        let second = forward(&layer, Context { pass: Pass { first_sample: 5, ..TRAIN.pass }, ..TRAIN }, &(), &input[5..]);
        assert_eq!(forward(&layer, TRAIN, &(), &input)[5..], second);
    }
}
