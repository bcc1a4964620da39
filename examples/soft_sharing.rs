//! Soft sharing on real data: the highest and the lowest temperature of tomorrow in Seattle, from the weather of today.
//!
//! With all three years of training data, and with every tenth day of them. Three models of the same layers: a tower of its own for each task; the same with their weights tied by
//! `λ‖θ_a − θ_b‖²`; one tower for both.
//!
//! With all the data it makes no difference (2.07, 2.07 and 2.09 °C for the high; 1.35 each for the low). With a tenth of it, the
//! tied towers are the best of the three: 2.48 °C against 2.68 apart and 2.70 in one tower; 1.58 against 1.78 and 1.68.
//!
//! ```sh
//! cargo run --release --example soft_sharing
//! ```

use std::error::Error;

use mtl::evaluate::Evaluate;
use mtl::prelude::*;
use serde::Deserialize;

const SEEDS: u64 = 5;

multitask! {
    /// Nothing is shared.
    #[independent]
    struct Apart {
        input today: [6];
        let first = today -> Normalize -> Dense(32, tanh) -> Dense(16, tanh);
        let second = today -> Normalize -> Dense(32, tanh) -> Dense(16, tanh);
        head high = first -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
        head low = second -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
    }
}

multitask! {
    /// The towers are kept near each other.
    #[independent]
    struct Tied {
        input today: [6];
        let first = today -> Normalize -> Dense(32, tanh) -> Dense(16, tanh);
        let second = today -> Normalize -> Dense(32, tanh) -> Dense(16, tanh);
        tie (first, second) { l2: 0.01 }
        head high = first -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
        head low = second -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
    }
}

multitask! {
    /// One tower for both.
    struct Shared {
        input today: [6];
        shared body = today -> Normalize -> Dense(32, tanh) -> Dense(16, tanh);
        head high = body -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
        head low = body -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
    }
}

/// A line of the file, as far as it is used.
#[derive(Deserialize)]
struct Day {
    doy_sin: f32,
    doy_cos: f32,
    precipitation: f32,
    temp_max: f32,
    temp_min: f32,
    wind: f32,
    next_temp_max: f32,
    next_temp_min: f32,
    split: String,
}

impl Day {
    fn today(&self) -> [f32; 6] {
        [self.doy_sin, self.doy_cos, self.precipitation.ln_1p(), self.temp_max, self.temp_min, self.wind]
    }
}

/// Mean absolute errors of both temperatures in degrees, on the test split.
fn errors<M: Evaluate<Scalar = f32>>(
    every: usize,
    seed: u64,
    row: impl Fn(&Day) -> (M::Inputs, M::Targets),
    read: impl Fn(&M::Report) -> [f64; 2],
) -> Result<([f64; 2], Box<M>), Box<dyn Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/data/seattle_weather.csv");
    let (train, test) = Dataset::<M>::split_csv_rows(file, |day: &Day| day.split == "train", |day| row(&day))?;
    let train = train.subset(&(0..train.len()).step_by(every).collect::<Vec<_>>())?;
    let mut model = mtl::flat::zeroed_box::<M>();
    model.initialize(&mut mtl::seeded(seed));
    Trainer::new(Adam::new(2e-3)).epochs(60 * every).batch_size(32).seed(seed).quiet().fit(&mut *model, &train)?;
    let report = evaluate::<M, _>(&*model, &test)?;
    Ok((read(&report), model))
}

/// The distance between the first layers of both towers, by the length of one.
fn distance(first: &[f32], second: &[f32]) -> f32 {
    let norm = |squares: f32| squares.sqrt();
    let difference = norm(first.iter().zip(second).map(|(a, b)| (a - b) * (a - b)).sum());
    difference / norm(first.iter().map(|a| a * a).sum())
}

macro_rules! rows {
    ($model:ident, $inputs:ident, $targets:ident, $every:expr, $seed:expr) => {
        errors::<$model>(
            $every,
            $seed,
            |day| ($inputs { today: day.today() }, $targets { high: day.next_temp_max, low: day.next_temp_min }),
            |report| [report.high.mae, report.low.mae],
        )?
    };
}

fn main() -> Result<(), Box<dyn Error>> {
    for every in [1, 10] {
        let mut sums = [[0.0; 2]; 3];
        let (mut apart, mut tied) = (0.0, 0.0);
        for seed in 1..=SEEDS {
            let (first, model) = rows!(Apart, ApartInputs, ApartTargets, every, seed);
            apart += distance(model.first.dense1.kernel.as_slice(), model.second.dense1.kernel.as_slice());
            let (second, model) = rows!(Tied, TiedInputs, TiedTargets, every, seed);
            tied += distance(model.first.dense1.kernel.as_slice(), model.second.dense1.kernel.as_slice());
            let (third, _) = rows!(Shared, SharedInputs, SharedTargets, every, seed);
            for (sum, errors) in sums.iter_mut().zip([first, second, third]) {
                *sum = [sum[0] + errors[0], sum[1] + errors[1]];
            }
        }
        let count = SEEDS as f64;
        println!("trained on one day in {every}: mean absolute error on the test split, {SEEDS} seeds");
        for (name, [high, low]) in ["apart", "tied", "one tower"].iter().zip(sums) {
            println!("{name:10} high {:.3} °C  low {:.3} °C", high / count, low / count);
        }
        println!("distance of the first layers, relative: apart {:.2}, tied {:.2}\n", apart / SEEDS as f32, tied / SEEDS as f32);
    }
    Ok(())
}
