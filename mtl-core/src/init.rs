//! Initial values of kernels, as in Keras (`keras.initializers`).

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt, SeedableRng};
use rand_distr::{Distribution, StandardNormal};

use crate::kernel::scalar::Scalar;

/// Random numbers from a seed, for a model's first parameters: `Patient::new(&mut mtl::seeded(1))`, or `Patient::new(1)`. The same on every platform.
#[must_use]
pub fn seeded(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// Where the first parameters of a model come from: the seed of a generator of random numbers, `Patient::new(42)`, or a generator,
/// `Patient::new(&mut generator)`. A seed gives what [`seeded`] gives.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is neither a seed nor a generator of random numbers",
    label = "a seed or a generator stands here",
    note = "write a seed, `Patient::new(42)`, or a generator, `Patient::new(&mut mtl::seeded(42))`"
)]
pub trait Draws {
    /// The generator.
    type Rng: Rng + ?Sized;

    /// Draws from the generator.
    fn draw<R>(self, draw: impl FnOnce(&mut Self::Rng) -> R) -> R;
}

impl<G: Rng + ?Sized> Draws for &mut G {
    type Rng = G;

    fn draw<R>(self, draw: impl FnOnce(&mut G) -> R) -> R {
        draw(self)
    }
}

impl Draws for u64 {
    type Rng = Xoshiro256PlusPlus;

    fn draw<R>(self, draw: impl FnOnce(&mut Xoshiro256PlusPlus) -> R) -> R {
        draw(&mut seeded(self))
    }
}

/// Declares the initializers, and for the tests the list of all of them.
macro_rules! initializers {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$of:meta])* $variant:ident,)+ }) => {
        $(#[$about])*
        pub enum $name {
            $($(#[$of])* $variant,)+
        }

        #[cfg(test)]
        impl $name {
            const ALL: &[Self] = &[$(Self::$variant),+];
        }
    };
}

initializers! {
    /// How a kernel is initialised, from its fan-in and fan-out. The names and formulas are Keras's.
    ///
    /// A truncated normal is drawn again beyond two standard deviations, which leaves 0.8796 of its standard deviation; it is
    /// drawn wider by as much, so that the values have the standard deviation that is named here.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Initializer {
        /// Uniform in `±√(6 / (fan_in + fan_out))`; Glorot, Bengio 2010. Keras's default for `Dense`.
        GlorotUniform,
        /// Truncated normal (±2σ) with standard deviation `√(2 / (fan_in + fan_out))` after truncation.
        GlorotNormal,
        /// Uniform in `±√(6 / fan_in)`; He 2015.
        HeUniform,
        /// Truncated normal with standard deviation `√(2 / fan_in)` after truncation; He 2015.
        HeNormal,
        /// Uniform in `±√(3 / fan_in)`.
        LecunUniform,
        /// Truncated normal with standard deviation `√(1 / fan_in)` after truncation.
        LecunNormal,
        /// Uniform in `±0.05`: Keras's default for `Embedding`.
        RandomUniform,
        /// Normal with standard deviation 0.05.
        RandomNormal,
        /// All 0.
        Zeros,
        /// All 1.
        Ones,
    }
}

/// The standard deviation of a standard normal variable that is known to lie within ±2.
const TRUNCATED_DEVIATION: f64 = 0.879_625_661_034_239_8;

impl Initializer {
    /// Fills `values` with draws. A fan of 0 counts as 1, as in Keras.
    ///
    /// Draws are made in double precision and rounded, so `f32` and `f64` models start from the same numbers.
    pub fn fill<T: Scalar>(self, values: &mut [T], fan_in: usize, fan_out: usize, rng: &mut (impl Rng + ?Sized)) {
        let fan_in = fan_in.max(1) as f64;
        let fan_average = (fan_in + fan_out.max(1) as f64) / 2.0;
        match self {
            Self::GlorotUniform => uniform(values, libm::sqrt(3.0 / fan_average), rng),
            Self::GlorotNormal => truncated_normal(values, libm::sqrt(1.0 / fan_average), rng),
            Self::HeUniform => uniform(values, libm::sqrt(6.0 / fan_in), rng),
            Self::HeNormal => truncated_normal(values, libm::sqrt(2.0 / fan_in), rng),
            Self::LecunUniform => uniform(values, libm::sqrt(3.0 / fan_in), rng),
            Self::LecunNormal => truncated_normal(values, libm::sqrt(1.0 / fan_in), rng),
            Self::RandomUniform => uniform(values, 0.05, rng),
            Self::RandomNormal => {
                for value in values {
                    *value = T::from_f64(0.05 * standard_normal(rng));
                }
            }
            Self::Zeros => values.fill(T::ZERO),
            Self::Ones => values.fill(T::ONE),
        }
    }
}

/// Fills a matrix with orthonormal columns, evenly among all there are, as Keras's `Orthogonal` does; Saxe, McClelland, Ganguli 2014.
///
/// Keras takes `Q` of the QR decomposition of a matrix of normal draws, with the signs that make the diagonal of `R` positive. That is what the
/// method of Gram and Schmidt gives; each column goes through it twice, which leaves it orthogonal to rounding (Giraud, Langou 2002).
pub fn orthogonal<T: Scalar, const ROWS: usize, const COLUMNS: usize>(columns: &mut [[T; ROWS]; COLUMNS], rng: &mut (impl Rng + ?Sized)) {
    const { assert!(COLUMNS <= ROWS, "more columns than rows cannot be orthogonal") };
    for number in 0..COLUMNS {
        let (before, rest) = columns.split_at_mut(number);
        let Some(column) = rest.first_mut() else { return };
        loop {
            for value in &mut *column {
                *value = T::from_f64(standard_normal(rng));
            }
            for _ in 0..2 {
                for other in &*before {
                    let shadow = T::from_f64(dot(column, other));
                    for (value, &other) in column.iter_mut().zip(other) {
                        *value -= shadow * other;
                    }
                }
            }
            let length = libm::sqrt(dot(column, column));
            // What is left of a draw so near to the columns before it is rounding; such a draw all but never comes.
            if length > 1e-4 {
                for value in column {
                    *value = T::from_f64(value.to_f64() / length);
                }
                break;
            }
        }
    }
}

/// The scalar product, in double precision.
fn dot<T: Scalar, const ROWS: usize>(left: &[T; ROWS], right: &[T; ROWS]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left.to_f64() * right.to_f64()).sum()
}

/// Uniform in `±limit`.
fn uniform<T: Scalar>(values: &mut [T], limit: f64, rng: &mut (impl Rng + ?Sized)) {
    for value in values {
        *value = T::from_f64(limit * (2.0 * rng.random::<f64>() - 1.0));
    }
}

/// Normal, drawn again beyond two standard deviations; `deviation` is that of the result.
fn truncated_normal<T: Scalar>(values: &mut [T], deviation: f64, rng: &mut (impl Rng + ?Sized)) {
    let scale = deviation / TRUNCATED_DEVIATION;
    for value in values {
        let draw = loop {
            let draw = standard_normal(rng);
            if draw.abs() <= 2.0 {
                break draw;
            }
        };
        *value = T::from_f64(scale * draw);
    }
}

pub(crate) fn standard_normal(rng: &mut (impl Rng + ?Sized)) -> f64 {
    StandardNormal.sample(rng)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;
    use rand::rngs::SmallRng;

    const COUNT: usize = 100_000;
    const FAN_IN: usize = 30;
    const FAN_OUT: usize = 50;

    fn draw(initializer: Initializer) -> std::vec::Vec<f64> {
        let mut values = std::vec![f64::NAN; COUNT];
        initializer.fill(&mut values, FAN_IN, FAN_OUT, &mut SmallRng::seed_from_u64(7));
        values
    }

    /// Mean 0, the standard deviation expected, and every value within the limit but some close to it.
    fn check(initializer: Initializer, deviation: f64, limit: f64) {
        let values = draw(initializer);
        let mean = values.iter().sum::<f64>() / COUNT as f64;
        let variance = values.iter().map(|value| value * value).sum::<f64>() / COUNT as f64;
        let largest = values.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
        assert!(mean.abs() < 0.015 * deviation, "{initializer:?}: mean {mean}");
        assert!((variance.sqrt() / deviation - 1.0).abs() < 0.01, "{initializer:?}: deviation {}, not {deviation}", variance.sqrt());
        assert!(largest <= limit, "{initializer:?}: {largest} is beyond {limit}");
        assert!(largest > 0.99 * limit || limit.is_infinite(), "{initializer:?}: nothing near {limit}, only {largest}");
    }

    /// What an initializer draws.
    enum Draws {
        /// Uniform up to a limit.
        Uniform(f64),
        /// Normal of a deviation, and how many of those of the normal before truncation are its limit.
        Normal(f64, f64),
        Constant(f64),
    }

    fn draws(initializer: Initializer) -> Draws {
        let truncated = 2.0 / 0.879_625_661_034_239_8;
        match initializer {
            Initializer::GlorotUniform => Draws::Uniform((6.0 / 80.0_f64).sqrt()),
            Initializer::HeUniform => Draws::Uniform((6.0 / 30.0_f64).sqrt()),
            Initializer::LecunUniform => Draws::Uniform((3.0 / 30.0_f64).sqrt()),
            Initializer::RandomUniform => Draws::Uniform(0.05),
            Initializer::GlorotNormal => Draws::Normal((2.0 / 80.0_f64).sqrt(), truncated),
            Initializer::HeNormal => Draws::Normal((2.0 / 30.0_f64).sqrt(), truncated),
            Initializer::LecunNormal => Draws::Normal((1.0 / 30.0_f64).sqrt(), truncated),
            Initializer::RandomNormal => Draws::Normal(0.05, f64::INFINITY),
            Initializer::Zeros => Draws::Constant(0.0),
            Initializer::Ones => Draws::Constant(1.0),
        }
    }

    #[test]
    fn uniform_draws_have_keras_s_limits() {
        for &initializer in Initializer::ALL {
            if let Draws::Uniform(limit) = draws(initializer) {
                check(initializer, limit / 3.0_f64.sqrt(), limit);
            }
        }
    }

    #[test]
    fn normal_draws_have_the_deviation_named_after_truncation() {
        for &initializer in Initializer::ALL {
            if let Draws::Normal(deviation, limit) = draws(initializer) {
                check(initializer, deviation, limit * deviation);
            }
        }
    }

    #[test]
    fn constants_are_constant() {
        for &initializer in Initializer::ALL {
            if let Draws::Constant(constant) = draws(initializer) {
                assert!(draw(initializer).iter().all(|&value| value == constant), "{initializer:?}");
            }
        }
    }

    #[test]
    fn single_precision_draws_the_same_numbers() {
        for &initializer in Initializer::ALL {
            let (mut single, mut double) = ([0.0_f32; 64], [0.0_f64; 64]);
            initializer.fill(&mut single, 8, 8, &mut SmallRng::seed_from_u64(1));
            initializer.fill(&mut double, 8, 8, &mut SmallRng::seed_from_u64(1));
            assert!(single.iter().zip(&double).all(|(&single, &double)| single == double as f32), "{initializer:?}");
        }
    }

    /// The columns have length 1 and are orthogonal; over many draws the entries have mean 0 and the variance of a random direction.
    #[test]
    fn orthogonal_columns_are_that_and_point_anywhere() {
        fn check<T: Scalar, const ROWS: usize, const COLUMNS: usize>(tolerance: f64) {
            let (mut mean, mut squares, mut first) = (0.0, 0.0, 0.0);
            let draws = 400;
            for seed in 0..draws {
                let mut columns = [[T::ZERO; ROWS]; COLUMNS];
                orthogonal(&mut columns, &mut SmallRng::seed_from_u64(seed));
                for (number, left) in columns.iter().enumerate() {
                    for (other, right) in columns.iter().enumerate() {
                        let expected = f64::from(u8::from(number == other));
                        assert!((dot(left, right) - expected).abs() < tolerance, "{number}, {other}: {}", dot(left, right));
                    }
                }
                let all = columns.as_flattened();
                mean += all.iter().map(|value| value.to_f64()).sum::<f64>() / all.len() as f64 / draws as f64;
                squares += columns[COLUMNS - 1].iter().map(|value| value.to_f64().powi(2)).take(1).sum::<f64>() / draws as f64;
                first += columns[0][0].to_f64() / draws as f64;
            }
            // Five standard deviations of means over independent draws.
            let deviation = (1.0 / (ROWS as f64 * draws as f64)).sqrt();
            assert!(mean.abs() < 5.0 * deviation && first.abs() < 5.0 * deviation, "mean {mean}, {first}");
            assert!((squares * ROWS as f64 - 1.0).abs() < 5.0 * (2.0 / draws as f64).sqrt(), "mean square {squares}");
        }
        check::<f64, 12, 4>(1e-14);
        check::<f64, 7, 7>(1e-9);
        check::<f32, 30, 10>(1e-6);
        check::<f64, 1, 1>(1e-14);
    }

    #[test]
    fn no_inputs_give_finite_values() {
        let mut values = [f32::NAN; 4];
        Initializer::GlorotUniform.fill(&mut values, 0, 0, &mut SmallRng::seed_from_u64(1));
        assert!(values.iter().all(|value| value.is_finite()));
    }
}
