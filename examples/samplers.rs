//! Which rows a head sees: data sets of different sizes for different heads, and classes of different sizes.
//!
//! First, digits: of every eleventh image the digit is known, 130 of them; of the other 1,307 whether it is odd. They are trained in a new order
//! in every epoch, with both heads evened, and with batches of 16 rows for each head, in as many steps. Then the kind of
//! tomorrow's weather, of which two of five are rare: rows as they come, every class repeated up to the most frequent, or cut to the rarest.
//! Figures are on the test split, means over ten seeds with 95 % intervals; `docs/choosing.md` says what they mean.
//!
//! ```sh
//! cargo run --release --example samplers
//! ```

use std::error::Error;

use mtl::compare::Estimate;
use mtl::data::Fields;
use mtl::prelude::*;
use mtl::trainer::{Balanced, EvenTasks, PerHead};

multitask! {
    /// Reads a digit, and tells whether it is odd; each from images of its own.
    pub struct Digits {
        input image: [64];
        shared body = image -> Dense(128, relu) -> Dense(64, relu);
        head digit = body -> Dense(10, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
        head odd = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [accuracy] }
    }
}

multitask! {
    /// The kind of tomorrow's weather, and its high.
    pub struct Weather {
        input today: [6];
        input kind: class(5);
        shared body = (today -> Normalize, kind -> OneHot) -> Concat -> Dense(32, tanh);
        head tomorrow = body -> Dense(5, softmax) { loss: categorical_cross_entropy, metrics: [accuracy, recall] }
        head high = body -> Dense(1) { loss: mse, weight: 0.02, metrics: [mae] }
    }
}

const SEEDS: u64 = 10;

/// A line of the digits: 64 pixels from 0 to 16, the label, the split.
type DigitLine = (Fields<f32, 64>, usize, String);

/// A line of the weather.
#[derive(serde::Deserialize)]
struct Day {
    doy_sin: f32,
    doy_cos: f32,
    precipitation: f32,
    temp_max: f32,
    temp_min: f32,
    wind: f32,
    weather: usize,
    next_temp_max: f32,
    next_weather: usize,
    split: String,
}

fn digits() -> Result<(), Box<dyn Error>> {
    // A label for one head alone: the digit of every eleventh image.
    let mut row = 0;
    let (train, test) = Dataset::<Digits>::split_csv_rows(
        "data/digits.csv",
        |line: &DigitLine| line.2 == "train",
        |(Fields(pixels), digit, split): DigitLine| {
            row += 1;
            let (is_test, has_digit) = (split != "train", row % 11 == 0);
            let odd = (is_test || !has_digit).then_some(if digit % 2 == 1 { 1.0 } else { 0.0 });
            let image = pixels.map(|pixel: f32| pixel / 16.0);
            (DigitsInputs { image }, DigitsTargets { digit: (is_test || has_digit).then_some(digit), odd })
        },
    )?;
    println!("digits: {} rows, most of them with `odd` alone", train.len());
    type Make = fn() -> Trainer<'static, Digits, Adam>;
    let trainer: Make = || Trainer::new(Adam::new(1e-3)).epochs(40).batch_size(32).quiet();
    let ways: [(&str, Make); 3] = [
        ("rows in a new order", trainer),
        ("heads evened", || Trainer::new(Adam::new(1e-3)).epochs(40).batch_size(32).quiet().sampler(EvenTasks::new())),
        // An epoch is one pass over the rows of `odd`: 82 steps, where the others have 45.
        ("16 rows for each head", || {
            Trainer::new(Adam::new(1e-3)).epochs(22).quiet().sampler(PerHead::new().rows(DigitsHead::Digit, 16).rows(DigitsHead::Odd, 16))
        }),
    ];
    for (name, make) in ways {
        let (mut digit, mut odd) = (Vec::new(), Vec::new());
        for seed in 1..=SEEDS {
            let mut model = Digits::boxed(&mut mtl::seeded(seed));
            make().seed(seed).fit(&mut *model, &train)?;
            let report = evaluate(&*model, &test)?;
            digit.push(report.digit.accuracy);
            odd.push(report.odd.accuracy);
        }
        println!("  {name:24} digit {}   odd {}", Estimate::of(&digit), Estimate::of(&odd));
    }
    Ok(())
}

fn weather() -> Result<(), Box<dyn Error>> {
    let (train, test) = Dataset::<Weather>::split_csv_rows(
        "data/seattle_weather.csv",
        |day: &Day| day.split == "train",
        |day: Day| {
            let today = [day.doy_sin, day.doy_cos, day.precipitation.ln_1p(), day.temp_max, day.temp_min, day.wind];
            (WeatherInputs { today, kind: day.weather }, WeatherTargets { tomorrow: day.next_weather, high: day.next_temp_max })
        },
    )?;
    println!("weather: {} rows", train.len());
    for (name, sampler) in [
        ("rows in a new order", None),
        ("every class repeated", Some(Balanced::over_sampling(WeatherHead::Tomorrow))),
        ("every class cut", Some(Balanced::under_sampling(WeatherHead::Tomorrow))),
    ] {
        let (mut accuracy, mut recall, mut high) = (Vec::new(), Vec::new(), Vec::new());
        for seed in 1..=SEEDS {
            let mut model = Weather::boxed(&mut mtl::seeded(seed));
            let mut trainer = Trainer::new(Adam::new(2e-3)).epochs(40).batch_size(32).seed(seed).quiet();
            if let Some(sampler) = &sampler {
                trainer = trainer.sampler(sampler.clone());
            }
            trainer.fit(&mut *model, &train)?;
            let report = evaluate(&*model, &test)?;
            accuracy.push(report.tomorrow.accuracy);
            recall.push(report.tomorrow.recall);
            high.push(report.high.mae);
        }
        println!("  {name:24} accuracy {}   mean recall {}   high {} °C", Estimate::of(&accuracy), Estimate::of(&recall), Estimate::of(&high));
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    digits()?;
    weather()
}
