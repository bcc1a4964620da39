//! A layer, an activation and a loss of your own, named in a model by their paths.
//!
//! ```sh
//! cargo run --release --example custom               # one run
//! cargo run --release --example custom -- seeds=5    # the mean over five
//! ```
//!
//! On the weather of Seattle: the temperatures of tomorrow, and how cold the night may become. The layer gets the day of the
//! year and finds out itself where the seasons begin.
//!
//! Nothing here was tuned; the example `weather` is the one that predicts well.

mod support;

use std::error::Error;
use std::f32::consts::TAU;

use mtl::activation::Activation;
use mtl::kernel::GradientSink;
use mtl::layer::{Context, Layer, Shape};
use mtl::loss::ElementWise;
use mtl::prelude::*;
use mtl::rand::Rng;
use mtl::{InstructionSet, Scalar};
use serde::Deserialize;

multitask! {
    /// Temperatures of tomorrow in degrees Celsius.
    pub struct Nights {
        /// The day of the year as an angle, once around in a year.
        input season: [1];
        /// Precipitation in millimetres, the highest and the lowest temperature, the wind in metres a second.
        input today: [4];

        shared body = (season -> self::Waves<3>(0.5), today -> Normalize) -> Concat -> Dense(32, tanh) -> Dropout(0.1);

        head high = body -> Dense(1, self::Celsius) { loss: mse, weight: 0.02, metrics: [mae] }
        head low = body -> Dense(1, self::Celsius) { loss: mse, weight: 0.02, metrics: [mae] }
        /// The lower expectile: nights that are colder than this are rare.
        head coldest = body -> Dense(1, self::Celsius) { loss: self::Expectile(0.05), weight: 0.2, metrics: [mae] }
    }
}

// ── a layer ──

/// `yₖ = sin((k + 1)·x + φₖ)` for `k` from 0: a year, its half, its third, .. of an angle `x`. The phases `φ` are trained.
///
/// The const generics say how many values go in and out, [`Shape`] tells the macro; the fields are hyperparameters.
/// `self::Waves<3>(0.5)` in a model is the constant `Waves::<3>::new(0.5)`.
#[derive(Clone, Copy, Debug)]
pub struct Waves<const COUNT: usize> {
    spread: f64,
}

impl<const COUNT: usize> Waves<COUNT> {
    /// The waves with initial phases of 0, `spread`, twice `spread`, ..
    #[must_use]
    pub const fn new(spread: f64) -> Self {
        Self { spread }
    }

    /// The angle whose sine is `yₖ`.
    #[inline(always)]
    fn angle<T: Scalar>(wave: usize, x: T, phases: &[T; COUNT]) -> T {
        T::from_f64((wave + 1) as f64) * x + phases[wave]
    }
}

impl<const COUNT: usize> Shape for Waves<COUNT> {
    const INPUT: usize = 1;
    const OUTPUT: usize = COUNT;
}

impl<const COUNT: usize, T: Scalar> Layer<1, COUNT, T> for Waves<COUNT> {
    /// What is trained; `()` for a layer without parameters, a struct declared with `mtl::flat!` for several tensors.
    type Parameters = [T; COUNT];
    /// What the backward pass needs of each sample beside inputs and outputs: the cosines.
    type Cache = [T; COUNT];

    fn initialize<R: Rng + ?Sized>(&self, phases: &mut [T; COUNT], _: &mut R) {
        for (wave, phase) in phases.iter_mut().enumerate() {
            *phase = T::from_f64(self.spread * wave as f64);
        }
    }

    // Inlined always, so that it is compiled for the instruction set of the pass.
    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, phases: &[T; COUNT], input: &[[T; 1]], output: &mut [[T; COUNT]], cache: &mut [[T; COUNT]]) {
        for ((&[x], y), cosines) in input.iter().zip(output).zip(cache) {
            for wave in 0..COUNT {
                let angle = Self::angle(wave, x, phases);
                y[wave] = sine(angle);
                cosines[wave] = sine(angle + T::from_f64(std::f64::consts::FRAC_PI_2));
            }
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        _: &[T; COUNT],
        _: &[[T; 1]],
        _: &[[T; COUNT]],
        cache: &[[T; COUNT]],
        output_gradient: &mut [[T; COUNT]],
        input_gradient: Option<GradientSink<'_, T, 1>>,
        gradient: &mut [T; COUNT],
    ) {
        for (dy, cosines) in output_gradient.iter().zip(cache) {
            for wave in 0..COUNT {
                gradient[wave] += dy[wave] * cosines[wave];
            }
        }
        // Nobody asks for the gradient of an input of the model; behind another layer somebody would.
        if let Some(mut sink) = input_gradient {
            sink.write(|sample, _| (0..COUNT).map(|wave| T::from_f64((wave + 1) as f64) * output_gradient[sample][wave] * cache[sample][wave]).sum());
        }
    }
}

/// `sin x`, which [`Scalar`] does not have.
fn sine<T: Scalar>(x: T) -> T {
    T::from_f64(x.to_f64().sin())
}

// ── an activation ──

/// From the units that the layers work in to degrees: `y = 12 + 8 x`.
///
/// So loss, metrics and predictions are in degrees; the weight of the loss makes up for the square of 8.
#[derive(Clone, Copy, Debug, Default)]
pub struct Celsius;

impl Activation for Celsius {
    fn value<T: Scalar>(x: T) -> T {
        T::from_f64(12.0) + T::from_f64(8.0) * x
    }
    fn derivative<T: Scalar>(_: T, _: T) -> T {
        T::from_f64(8.0)
    }
}

// ── a loss ──

/// The expectile: `|τ − [y < ŷ]| · (ŷ − y)²`, the mean over the outputs. At τ = ½ half the squared error; at 0.05 a prediction
/// that is too high costs 19 times as much as one that is too low. Newey, Powell 1987.
#[derive(Clone, Copy, Debug)]
pub struct Expectile {
    tau: f64,
}

impl Expectile {
    /// The loss with τ in (0, 1).
    #[must_use]
    pub const fn new(tau: f64) -> Self {
        Self { tau }
    }
}

/// What one output costs, and its derivative: the loss is their mean. A loss that is no mean over the outputs implements `mtl::loss::Loss`.
impl ElementWise for Expectile {
    #[inline(always)]
    fn term<T: Scalar>(&self, output: T, target: T) -> (T, T) {
        let difference = output - target;
        let factor = T::from_f64(if difference > T::ZERO { 1.0 - self.tau } else { self.tau });
        (factor * difference * difference, (factor + factor) * difference)
    }
}

// ── and the rest as in any example ──

/// A line of the file.
#[derive(Deserialize)]
struct Day {
    doy: f32,
    precipitation: f32,
    temp_max: f32,
    temp_min: f32,
    wind: f32,
    next_temp_max: f32,
    next_temp_min: f32,
    split: String,
}

fn sample(day: Day) -> (NightsInputs, NightsTargets) {
    let inputs = NightsInputs { season: [TAU * day.doy / 365.25], today: [day.precipitation, day.temp_max, day.temp_min, day.wind] };
    let (high, low) = (day.next_temp_max, day.next_temp_min);
    (inputs, NightsTargets { high, low, coldest: [low] })
}

/// Trains on the training split, and measures on the test split.
pub fn run(seed: u64, epochs: usize) -> Result<NightsReport, Box<dyn Error>> {
    let file = support::data("seattle_weather.csv");
    let (train, test) = Dataset::<Nights>::split_csv_rows(file, |day: &Day| day.split == "train", sample)?;

    let mut model = Nights::new(&mut mtl::seeded(seed));
    println!("{model}\n");
    Trainer::new(Adam::new(3e-3)).epochs(epochs).batch_size(32).seed(seed).report_every(10).fit(&mut model, &train)?;
    println!("the waves are shifted by {:.2?}", model.body.waves1);
    Ok(evaluate(&model, &test)?)
}

#[allow(dead_code, reason = "unused where the smoke test includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    support::main(|seed| run(seed, 60))
}
