//! What a mixture of experts is for: two tasks that have less and less to do with each other.
//!
//! The synthetic tasks of Ma et al. (2018, "Modeling Task Relationships in Multi-task Learning with Multi-gate
//! Mixture-of-Experts"): `w₁ = c u₁`, `w₂ = c (ρ u₁ + √(1 − ρ²) u₂)` with orthogonal unit vectors `u₁`, `u₂` in 100 dimensions
//! and `c = 0.3`; `y = wᵀx + Σⱼ sin(αⱼ wᵀx + βⱼ) + N(0, 0.1)` with five sines that both tasks share, `αⱼ = j`. With `ρ = 1` the tasks
//! differ by noise alone, with `ρ = 0` they share nothing but the sines. The sizes are those of the paper: eight experts of 16 units with a
//! gate a task, against a shared bottom of 113 units, which has as many parameters but for the gates; towers of 8 units. Beside them
//! customised gate control (Tang et al. 2020): six of the experts for both tasks, and one for each.
//!
//! Every model is measured after a few epochs and at the end. After 10 epochs the shared bottom is worse by 0.018 ± 0.014 with `ρ = 0` than with
//! `ρ = 1`, the mixture by 0.003 ± 0.013. At the end, after 40, the correlation plays no part (0.031 for the shared bottom, 0.023 to 0.025 for the
//! mixture at all of them), and the mixture is ahead by 0.006 to 0.008 with intervals of 0.005. With experts of four units there is no gap.
//!
//! ```sh
//! cargo run --release --example mixture_of_experts             # ten seeds
//! cargo run --release --example mixture_of_experts -- seeds=3
//! ```
use std::cell::RefCell;
use std::error::Error;
use std::f64::consts::TAU;
use std::ops::ControlFlow;

use mtl::compare::Estimate;
use mtl::evaluate::Evaluate;
use mtl::prelude::*;
use mtl::rand::RngExt;
use mtl::rand::rngs::Xoshiro256PlusPlus;

const DIMENSIONS: usize = 100;
const SINES: usize = 5;
const SCALE: f64 = 0.3;
const TRAIN: usize = 20_000;
const TEST: usize = 2_000;
const CORRELATIONS: [f64; 4] = [1.0, 0.9, 0.5, 0.0];
/// After how many epochs a model is measured; the last is the end.
const MEASURED: [usize; 3] = [5, 10, 40];

multitask! {
    /// One body for both tasks.
    struct SharedBottom {
        input x: [DIMENSIONS];
        shared body = x -> Dense(113, relu);
        head first = body -> Dense(8, relu) -> Dense(1) { loss: mse }
        head second = body -> Dense(8, relu) -> Dense(1) { loss: mse }
    }
}

multitask! {
    /// Eight experts, and a gate for each task.
    struct Mixture {
        input x: [DIMENSIONS];
        let (one, two) = x -> MixtureOfExperts(8, expert = Dense(16, relu));
        head first = one -> Dense(8, relu) -> Dense(1) { loss: mse }
        head second = two -> Dense(8, relu) -> Dense(1) { loss: mse }
    }
}

multitask! {
    /// Six experts for both tasks and one for each, and a gate for each task over its own and the shared ones.
    struct Customised {
        input x: [DIMENSIONS];
        let (one, two) = x -> Cgc(6, 1, expert = Dense(16, relu));
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
    let mut rng = mtl::seeded(seed);
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

/// Trains on the first samples; the mean of both tasks' squared errors on the others, each time that it is measured.
fn errors<M: Evaluate<Scalar = f32>>(
    samples: &[Sample],
    seed: u64,
    row: impl Fn(&Sample) -> (M::Inputs, M::Targets),
) -> Result<[f64; MEASURED.len()], Box<dyn Error>> {
    let train = Dataset::<M>::from_rows(samples[..TRAIN].iter().map(&row))?;
    let test = Dataset::<M>::from_rows(samples[TRAIN..].iter().map(&row))?;
    let mut model = mtl::flat::zeroed_box::<M>();
    model.initialize(&mut mtl::seeded(seed));
    let measured = RefCell::new([f64::NAN; MEASURED.len()]);
    Trainer::new(Adam::new(1e-3))
        .epochs(MEASURED[MEASURED.len() - 1])
        .batch_size(64)
        .seed(seed)
        .quiet()
        .on_epoch_end(|epoch, model: &M| {
            if let (Some(place), Ok(report)) = (MEASURED.iter().position(|&number| number == epoch.number), evaluate(model, &test)) {
                measured.borrow_mut()[place] = report.loss() / 2.0;
            }
            ControlFlow::Continue(())
        })
        .fit(&mut *model, &train)?;
    Ok(measured.into_inner())
}

fn main() -> Result<(), Box<dyn Error>> {
    let seeds: u64 = match std::env::args().nth(1) {
        None => 10,
        Some(argument) => argument.strip_prefix("seeds=").and_then(|seeds| seeds.parse().ok()).filter(|&seeds| seeds > 0).ok_or("use: seeds=3")?,
    };
    println!(
        "parameters: shared bottom {}, mixture {}, customised {}",
        SharedBottom::<f32>::PARAMETER_COUNT,
        Mixture::<f32>::PARAMETER_COUNT,
        Customised::<f32>::PARAMETER_COUNT
    );
    println!("mean squared error of both tasks on the test samples, {seeds} seeds; differences by seed with 95 % intervals\n");
    println!("epochs  correlation  model          error   to the shared bottom  to itself at correlation 1");
    // By correlation and model, then by seed and the time of measuring.
    let mut all: Vec<[Vec<[f64; MEASURED.len()]>; 3]> = Vec::new();
    for rho in CORRELATIONS {
        let mut by_model = [const { Vec::new() }; 3];
        for seed in 1..=seeds {
            let samples = samples(rho, seed);
            macro_rules! errors {
                ($model:ident $inputs:ident $targets:ident) => {
                    errors::<$model>(&samples, seed, |sample| ($inputs { x: sample.x }, $targets { first: sample.first, second: sample.second }))?
                };
            }
            by_model[0].push(errors!(SharedBottom SharedBottomInputs SharedBottomTargets));
            by_model[1].push(errors!(Mixture MixtureInputs MixtureTargets));
            by_model[2].push(errors!(Customised CustomisedInputs CustomisedTargets));
        }
        all.push(by_model);
    }
    for (place, epochs) in MEASURED.iter().enumerate() {
        for (rho, by_model) in CORRELATIONS.iter().zip(&all) {
            for (model, name) in ["shared bottom", "mixture", "customised"].into_iter().enumerate() {
                let of = |errors: &[[f64; MEASURED.len()]]| errors.iter().map(|error| error[place]).collect::<Vec<_>>();
                let errors = of(&by_model[model]);
                let to = |others: &[[f64; MEASURED.len()]]| {
                    let difference = Estimate::of(&errors.iter().zip(of(others)).map(|(error, other)| error - other).collect::<Vec<_>>());
                    format!("{:+.4} ± {:.4}", difference.mean, difference.half_width)
                };
                let mean = Estimate::of(&errors).mean;
                println!("{epochs:6}  {rho:11}  {name:13}  {mean:.4}  {:20}  {}", to(&by_model[0]), to(&all[0][model]));
            }
        }
    }
    Ok(())
}
