//! What a mixture of experts is for: two tasks that have less and less to do with each other.
//!
//! The synthetic tasks of Ma et al. (2018, "Modeling Task Relationships in Multi-task Learning with Multi-gate
//! Mixture-of-Experts"): `w₁ = c u₁`, `w₂ = c (ρ u₁ + √(1 − ρ²) u₂)` with orthogonal unit vectors `u₁`, `u₂` in 100 dimensions
//! and `c = 0.3`; `y = wᵀx + Σⱼ sin(αⱼ wᵀx + βⱼ) + N(0, 0.1)` with five sines that both tasks share. With `ρ = 1` the tasks differ by
//! noise alone, with `ρ = 0` they share nothing but the sines. A shared bottom has one body for both; the mixture has four small experts
//! and a gate for each task, with as many parameters.
//!
//! ```sh
//! cargo run --release --example mixture_of_experts
//! ```

use std::error::Error;
use std::f64::consts::TAU;

use mtl::evaluate::Evaluate;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};

const DIMENSIONS: usize = 100;
const SINES: usize = 5;
const SCALE: f64 = 0.3;
const TRAIN: usize = 8_000;
const TEST: usize = 2_000;
const SEEDS: u64 = 10;
const CORRELATIONS: [f64; 4] = [1.0, 0.9, 0.5, 0.0];

multitask! {
    /// One body for both tasks.
    struct SharedBottom {
        input x: [DIMENSIONS];
        shared body = x -> Dense(22, relu);
        head first = body -> Dense(8, relu) -> Dense(1) { loss: mse }
        head second = body -> Dense(8, relu) -> Dense(1) { loss: mse }
    }
}

multitask! {
    /// Four experts, and a gate for each task.
    struct Mixture {
        input x: [DIMENSIONS];
        let (one, two) = x -> MixtureOfExperts(4, expert = Dense(4, relu));
        head first = one -> Dense(8, relu) -> Dense(1) { loss: mse }
        head second = two -> Dense(8, relu) -> Dense(1) { loss: mse }
    }
}

/// A sample of both tasks.
struct Sample {
    x: [f32; DIMENSIONS],
    first: f32,
    second: f32,
}

/// A normal deviate by Box and Muller.
fn normal(rng: &mut Xoshiro256PlusPlus) -> f64 {
    let (radius, angle): (f64, f64) = (rng.random_range(f64::EPSILON..1.0), rng.random_range(0.0..TAU));
    (-2.0 * radius.ln()).sqrt() * angle.cos()
}

/// Samples of two tasks with the correlation `rho` between their weights.
fn samples(rho: f64, seed: u64) -> Vec<Sample> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut direction = || -> Vec<f64> { (0..DIMENSIONS).map(|_| normal(&mut rng)).collect() };
    let (u1, mut u2) = (direction(), direction());
    let length = dot(&u1, &u1).sqrt();
    let u1: Vec<f64> = u1.iter().map(|u| u / length).collect();
    let along = dot(&u1, &u2);
    u2.iter_mut().zip(&u1).for_each(|(u2, u1)| *u2 -= along * u1);
    let length = dot(&u2, &u2).sqrt();
    let w1: Vec<f64> = u1.iter().map(|u| SCALE * u).collect();
    let w2: Vec<f64> = u1.iter().zip(&u2).map(|(u1, u2)| SCALE * (rho * u1 + (1.0 - rho * rho).sqrt() * u2 / length)).collect();
    let sines: Vec<(f64, f64)> = (1..=SINES).map(|number| (number as f64, rng.random_range(0.0..TAU))).collect();
    let label = |z: f64, noise: f64| (z + sines.iter().map(|(alpha, beta)| (alpha * z + beta).sin()).sum::<f64>() + 0.1 * noise) as f32;
    (0..TRAIN + TEST)
        .map(|_| {
            let x: Vec<f64> = (0..DIMENSIONS).map(|_| normal(&mut rng)).collect();
            let (first, second) = (label(dot(&w1, &x), normal(&mut rng)), label(dot(&w2, &x), normal(&mut rng)));
            Sample { x: std::array::from_fn(|index| x[index] as f32), first, second }
        })
        .collect()
}

/// Trains on the first samples; the mean of both tasks' squared errors on the others.
fn error<M: Evaluate<Scalar = f32>>(
    samples: &[Sample],
    seed: u64,
    row: impl Fn(&Sample) -> (M::Inputs, M::Targets),
    losses: impl Fn(&M::Report) -> f64,
) -> Result<f64, Box<dyn Error>> {
    let mut train = Dataset::<M>::new();
    let mut test = Dataset::<M>::new();
    for (number, sample) in samples.iter().enumerate() {
        let (inputs, targets) = row(sample);
        if number < TRAIN { train.push(inputs, targets)? } else { test.push(inputs, targets)? }
    }
    let mut model = mtl::flat::zeroed_box::<M>();
    model.initialize(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    Trainer::new(Adam::new(1e-3)).epochs(60).batch_size(64).seed(seed).quiet().fit(&mut *model, &train)?;
    Ok(losses(&evaluate::<M, _>(&*model, &test)?))
}

fn main() -> Result<(), Box<dyn Error>> {
    println!("parameters: shared bottom {}, mixture {}", SharedBottom::<f32>::PARAMETER_COUNT, Mixture::<f32>::PARAMETER_COUNT);
    println!("mean squared error of both tasks on the test samples, {SEEDS} seeds\n");
    println!("correlation  shared bottom  mixture  difference ± standard error");
    for rho in CORRELATIONS {
        let (mut bottoms, mut mixtures) = (Vec::new(), Vec::new());
        for seed in 1..=SEEDS {
            let samples = samples(rho, seed);
            bottoms.push(error::<SharedBottom>(
                &samples,
                seed,
                |sample| {
                    let targets = SharedBottomTargets { first: [sample.first].into(), second: [sample.second].into() };
                    (SharedBottomInputs { x: sample.x }, targets)
                },
                |report| (report.first.loss + report.second.loss) / 2.0,
            )?);
            mixtures.push(error::<Mixture>(
                &samples,
                seed,
                |sample| {
                    let targets = MixtureTargets { first: [sample.first].into(), second: [sample.second].into() };
                    (MixtureInputs { x: sample.x }, targets)
                },
                |report| (report.first.loss + report.second.loss) / 2.0,
            )?);
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let differences: Vec<f64> = mixtures.iter().zip(&bottoms).map(|(mixture, bottom)| mixture - bottom).collect();
        let difference = mean(&differences);
        let variance = differences.iter().map(|other| (other - difference).powi(2)).sum::<f64>() / (SEEDS - 1) as f64;
        let error = (variance / SEEDS as f64).sqrt();
        println!("{rho:11}  {:13.3}  {:7.3}  {difference:+10.3} ± {error:.3}", mean(&bottoms), mean(&mixtures));
    }
    Ok(())
}
