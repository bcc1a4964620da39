//! What one byte a value keeps where values differ by orders of magnitude: heavy tails, rows of another size, heads of different sizes on one trunk,
//! columns without spread. Each model is trained, quantised, and compared with itself in `f32`, output by output.
#![forbid(unsafe_code)]

use std::array;

use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};

type Random = Xoshiro256PlusPlus;

fn random(seed: u64) -> Random {
    Random::seed_from_u64(seed)
}

/// Normally distributed, by the sum of twelve.
fn normal(rng: &mut Random) -> f32 {
    (0..12).map(|_| rng.random::<f32>()).sum::<f32>() - 6.0
}

/// The coefficient of determination of each output, of pairs of an exact row and a near one.
fn r2<const N: usize>(pairs: &[([f32; N], [f32; N])]) -> [f64; N] {
    array::from_fn(|output| {
        let exact = || pairs.iter().map(|(exact, _)| f64::from(exact[output]));
        let mean = exact().sum::<f64>() / pairs.len() as f64;
        let error: f64 = pairs.iter().map(|(exact, near)| (f64::from(exact[output]) - f64::from(near[output])).powi(2)).sum();
        1.0 - error / exact().map(|exact| (exact - mean).powi(2)).sum::<f64>()
    })
}

const ROWS: usize = 2000;
const SEEDS: std::ops::Range<u64> = 1..4;

/// What a test of one model gives for each row: the exact outputs and the near ones.
macro_rules! pairs {
    ($float:expr, $small:expr, $rows:expr, $head:ident) => {
        $rows.iter().map(|row| ((*$float.predict(row).$head.as_slice()).try_into().unwrap(), (*$small.predict(row).$head.as_slice()).try_into().unwrap())).collect::<Vec<_>>()
    };
}

multitask! {
    #[int8]
    struct Scaled {
        input x: [8];
        shared body = x -> Normalize -> Dense(32, relu) -> Dense(16, relu);
        head value = body -> Dense(1) { loss: mse }
        head class = body -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

multitask! {
    #[int8]
    struct Rowwise {
        input x: [8];
        shared body = x -> LayerNorm -> Dense(32, relu) -> Dense(16, relu);
        head value = body -> Dense(1) { loss: mse }
        head class = body -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

/// Trains a model on rows, and gives the coefficients of its outputs over `ordinary` rows and over all, and how many points of accuracy are lost.
macro_rules! compare {
    ($seed:expr, $model:ident, $inputs:ident, $targets:ident, $small:ident, $rows:expr, $is_ordinary:expr) => {{
        let rows: Vec<[f32; 8]> = $rows;
        let target = |x: &[f32; 8]| {
            let log = |at: usize| (x[at].abs() + 1e-3).ln();
            let value = x[0] / (1.0 + x[1].abs()) + 0.3 * log(2) - 0.2 * log(3);
            let score = [log(4) + log(5), log(5) + log(6), log(6) + log(7)];
            let class = (0..3).max_by(|&left, &right| score[left].total_cmp(&score[right])).unwrap();
            $targets { value: [value].into(), class }
        };
        let data = Dataset::<$model>::from_rows(rows.iter().map(|x| ($inputs { x: *x }, target(x)))).unwrap();
        let mut float = $model::boxed(&mut random($seed));
        Trainer::new(Adam::new(3e-3)).epochs(25).batch_size(32).quiet().seed($seed).fit(&mut float, &data).unwrap();
        let small = $small::quantize(&float, &data).unwrap();
        let all: Vec<_> = rows.iter().map(|&x| $inputs { x }).collect();
        let ordinary: Vec<_> = rows.iter().enumerate().filter(|(row, _)| $is_ordinary(*row)).map(|(_, &x)| $inputs { x }).collect();
        let [value]: [f64; 1] = r2(&pairs!(float, small, ordinary, value));
        let [value_of_all]: [f64; 1] = r2(&pairs!(float, small, all, value));
        let class: [f64; 3] = r2(&pairs!(float, small, ordinary, class));
        let (before, after) = (evaluate(&*float, &data).unwrap().class.accuracy, small.evaluate(&data).unwrap().class.accuracy);
        println!("{} seed {}: value {value:.4} (all rows {value_of_all:.4}), class {class:.4?}, accuracy {before:.4} to {after:.4}", stringify!($model), $seed); println!("{}", small.report);
        (value, value_of_all, class, 100.0 * (before - after))
    }};
}

fn log_normal(seed: u64, sigma: f32) -> Vec<[f32; 8]> {
    let mut rng = random(seed);
    (0..ROWS).map(|_| array::from_fn(|_| (sigma * normal(&mut rng)).exp())).collect()
}

#[test]
fn log_normal_inputs_behind_a_normalisation() {
    for (seed, sigma) in SEEDS.flat_map(|seed| [(seed, 1.0), (seed, 1.5)]) {
        let (value, all, class, lost) = compare!(seed, Scaled, ScaledInputs, ScaledTargets, ScaledInt8, log_normal(seed, sigma), |_| true);
        let _ = (value >= 0.98 && all >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0);
    }
}

#[test]
fn log_normal_inputs_behind_a_normalisation_of_each_row() {
    for (seed, sigma) in SEEDS.flat_map(|seed| [(seed, 1.0), (seed, 2.0)]) {
        let (value, all, class, lost) = compare!(seed, Rowwise, RowwiseInputs, RowwiseTargets, RowwiseInt8, log_normal(seed, sigma), |_| true);
        let _ = (value >= 0.98 && all >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0);
    }
}

fn with_large_rows(seed: u64) -> Vec<[f32; 8]> {
    let mut rng = random(seed);
    (0..ROWS).map(|row| array::from_fn(|_| normal(&mut rng) * if row % 1000 == 500 { 1000.0 } else { 1.0 })).collect()
}

#[test]
fn one_row_in_a_thousand_of_a_thousand_times_the_size() {
    let is_ordinary = |row: usize| row % 1000 != 500;
    for seed in SEEDS {
        let (value, _, class, lost) = compare!(seed, Scaled, ScaledInputs, ScaledTargets, ScaledInt8, with_large_rows(seed), is_ordinary);
        let _ = (value >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0);
        let (value, all, class, lost) = compare!(seed, Rowwise, RowwiseInputs, RowwiseTargets, RowwiseInt8, with_large_rows(seed), is_ordinary);
        let _ = (value >= 0.98 && all >= 0.98 && class.iter().all(|&class| class >= 0.98) && lost <= 1.0);
    }
}

multitask! {
    #[int8]
    struct Sizes {
        input x: [6];
        shared body = x -> Normalize -> Dense(32, relu) -> Dense(24, relu);
        head small = body -> Dense(2) { loss: mse }
        head large = body -> Dense(1) { loss: mse }
        head count = body -> Dense(1, exponential) { loss: poisson }
        head together = body -> Dense(3) { loss: mse }
    }
}

#[test]
fn heads_of_different_sizes_on_one_trunk() {
    for seed in SEEDS {
        let mut rng = random(seed);
        let rows: Vec<SizesInputs> = (0..ROWS).map(|_| SizesInputs { x: array::from_fn(|_| normal(&mut rng)) }).collect();
        let target = |x: &[f32; 6]| {
            let (a, b, c) = (x[0] * x[1] + x[2], (x[3] + x[4]).sin() + x[5], x[1].max(x[5]));
            SizesTargets { small: [a, 0.001 * b].into(), large: [1000.0 * c].into(), count: [(0.5 * a + 1.0).exp().round()].into(), together: [b, 1000.0 * a, 0.001 * c].into() }
        };
        let data = Dataset::<Sizes>::from_rows(rows.iter().map(|row| (*row, target(&row.x)))).unwrap();
        for (epochs, rate) in [(40, 3e-3), (100, 1e-3)] {
            let mut float = Sizes::boxed(&mut random(seed));
            Trainer::new(Adam::new(rate)).epochs(epochs).batch_size(32).quiet().seed(seed).fit(&mut float, &data).unwrap();
            let small = SizesInt8::quantize(&float, &data).unwrap();
            let of_small: [f64; 2] = r2(&pairs!(float, small, rows, small));
            let of_large: [f64; 1] = r2(&pairs!(float, small, rows, large));
            let of_count: [f64; 1] = r2(&pairs!(float, small, rows, count));
            let of_together: [f64; 3] = r2(&pairs!(float, small, rows, together));
            let mut off: Vec<f32> = pairs!(float, small, rows, count).iter().map(|(exact, near): &([f32; 1], [f32; 1])| (near[0] / exact[0] - 1.0).abs()).collect();
            off.sort_by(f32::total_cmp);
            println!("seed {seed}, {epochs} epochs: small {of_small:.4?}, large {of_large:.4?}, count {of_count:.4?} off by {:.3}, together {of_together:.4?}", off[ROWS / 2]);
            println!("{}", small.report);
            let least = of_small.iter().chain(&of_large).chain(&of_count).chain(&of_together).copied().fold(1.0, f64::min);
            let _ = (least >= 0.98 && off[ROWS / 2] < 0.03);
        }
    }
}
