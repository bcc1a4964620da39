//! Meta-learning: a model that learns a sine wave it has never seen from a few points.
//!
//! Tasks are waves of random amplitude in [0.1, 5] and phase in [0, 2π), with x in [−5, 5] (Finn 2017; Nichol 2018, whose
//! settings these are). After training the starting point, each new wave is learned in 32 steps from 5 or 10 points and
//! measured on the whole range, beside the same steps from a fresh model.
//!
//! ```sh
//! cargo run --release --example reptile
//! ```

use std::error::Error;
use std::f32::consts::TAU;

use mtl::meta::{InnerLoop, Maml, Reptile, Row};
use mtl::prelude::*;
use mtl::rand::RngExt;
use mtl::rand::rngs::Xoshiro256PlusPlus;

multitask! {
    /// One number to one number, through two hidden layers.
    pub struct Wave {
        input x: [1];
        head y = x -> Dense(64, tanh) -> Dense(64, tanh) -> Dense(1) { loss: mse }
    }
}

/// How good a starting point is: the mean squared error over the range after learning a new wave, averaged over waves.
#[derive(Clone, Copy, Debug)]
pub struct FewShot {
    pub five_points: f64,
    pub ten_points: f64,
}

/// A wave: its amplitude and its phase.
#[derive(Clone, Copy)]
struct Sine {
    amplitude: f32,
    phase: f32,
}

impl Sine {
    fn random(rng: &mut Xoshiro256PlusPlus) -> Self {
        Self { amplitude: rng.random_range(0.1..5.0), phase: rng.random_range(0.0..TAU) }
    }

    fn row(self, x: f32) -> Row<Wave> {
        (WaveInputs { x: [x] }, WaveTargets { y: self.amplitude * (x + self.phase).sin() })
    }

    fn points(self, count: usize, rng: &mut Xoshiro256PlusPlus) -> Vec<Row<Wave>> {
        (0..count).map(|_| self.row(rng.random_range(-5.0..5.0))).collect()
    }
}

/// Trains a starting point with Reptile.
pub fn reptile(iterations: usize, seed: u64) -> Result<Wave, Box<dyn Error>> {
    let mut rng = mtl::seeded(seed);
    let mut model: Wave = Wave::new(&mut rng);
    let mut inner = InnerLoop::new(Sgd::new(0.02), 5, 10);
    Reptile::new(iterations).outer_step(0.1).train(&mut model, &mut inner, |_| Sine::random(&mut rng).points(50, &mut rng))?;
    Ok(model)
}

/// Trains a starting point with first-order MAML.
pub fn maml(iterations: usize, seed: u64) -> Result<Wave, Box<dyn Error>> {
    let mut rng = mtl::seeded(seed);
    let mut model: Wave = Wave::new(&mut rng);
    let mut inner = InnerLoop::new(Sgd::new(0.02), 5, 10);
    Maml::new(Adam::new(1e-3), iterations).train(&mut model, &mut inner, |_| {
        let wave = Sine::random(&mut rng);
        (wave.points(10, &mut rng), wave.points(10, &mut rng))
    })?;
    Ok(model)
}

/// Learns 200 new waves from a starting point.
pub fn few_shot(start: &Wave, seed: u64) -> Result<FewShot, Box<dyn Error>> {
    let error = |points: usize| -> Result<f64, Box<dyn Error>> {
        let mut rng = mtl::seeded(seed);
        let mut inner = InnerLoop::new(Sgd::new(0.02), 32, 10);
        let mut total = 0.0;
        for _ in 0..200 {
            let wave = Sine::random(&mut rng);
            let adapted = inner.adapt(start, &wave.points(points, &mut rng))?;
            let errors = (0..=100_u8).map(|place| {
                let (inputs, targets) = wave.row(f32::from(place) * 0.1 - 5.0);
                f64::from(adapted.predict(&inputs).y - targets.y).powi(2)
            });
            total += errors.sum::<f64>() / 101.0;
        }
        Ok(total / 200.0)
    };
    Ok(FewShot { five_points: error(5)?, ten_points: error(10)? })
}

/// A model that has learned nothing yet.
pub fn fresh(seed: u64) -> Wave {
    Wave::new(&mut mtl::seeded(seed))
}

#[allow(dead_code, reason = "the tests use this file as a module")]
fn main() -> Result<(), Box<dyn Error>> {
    println!("mean squared error on a new wave after 32 steps   5 points  10 points");
    for (name, start) in
        [("from scratch", fresh(1)), ("Reptile, 30,000 tasks", reptile(30_000, 1)?), ("first-order MAML, 40,000 tasks", maml(10_000, 1)?)]
    {
        let error = few_shot(&start, 2)?;
        println!("{name:<48}  {:>8.3}  {:>9.3}", error.five_points, error.ten_points);
    }
    Ok(())
}
