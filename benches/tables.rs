//! What the steps for tables do on the tables of the examples: `cargo bench --bench tables`. The tables of `docs/tables.md`.
//!
//! Every model is that of its example but for what stands between the real columns and the rest, or for how it is trained. Figures are those of the test
//! split, means and standard deviations over five seeds; nothing was chosen by them.

#[allow(dead_code, reason = "examples use the rest")]
#[path = "../examples/support/mod.rs"]
mod support;

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use mtl::evaluate::Evaluate;
use mtl::optimizer::Optimizer;
use mtl::prelude::*;
use mtl::report::Report;
use mtl::schedule::Cosine;

/// What a variant came to.
struct Row {
    variant: &'static str,
    /// By head and metric.
    figures: Vec<(String, f64, f64)>,
    bytes: usize,
    microseconds: f64,
}

/// Trains from five seeds, and measures.
fn measured<'a, M: Evaluate<Scalar = f32, Outputs: Send>, O: Optimizer<f32>>(
    variant: &'static str,
    (train, test): &(Dataset<M>, Dataset<M>),
    shown: &[(&str, &str)],
    new: fn(u64) -> M,
    trainer: impl Fn() -> Trainer<'a, M, O>,
) -> Result<Row, Box<dyn Error>> {
    let mut reports = Vec::new();
    let mut microseconds = f64::INFINITY;
    for seed in 1..=5 {
        let mut model = new(seed);
        trainer().seed(seed).quiet().fit(&mut model, train)?;
        reports.push(model.evaluate(test)?);
        // All rows by tiles, on one thread: the least of the runs is the one that nothing else held up.
        let started = Instant::now();
        black_box(model.predict_dataset_on(test, 1));
        microseconds = microseconds.min(started.elapsed().as_secs_f64() * 1e6 / test.len() as f64);
    }
    let figures = shown.iter().map(|&(head, metric)| {
        let values: Vec<f64> = reports.iter().map(|report| figure(report, head, metric)).collect();
        let (mean, deviation) = support::mean_and_deviation(&values);
        (format!("{head} {metric}"), mean, deviation)
    });
    Ok(Row { variant, figures: figures.collect(), bytes: M::WEIGHT_BYTES, microseconds })
}

fn figure(report: &impl Report, head: &str, metric: &str) -> f64 {
    let rows = report.heads();
    let row = rows.iter().find(|row| row.head == head).expect("the head is one of the model's");
    let cell = &row.metrics.iter().find(|(name, _)| *name == metric).expect("the metric is one of the head's").1;
    support::number(cell).unwrap_or(f64::NAN)
}

fn print(table: &str, rows: &[Row]) {
    let titles: Vec<&str> = rows[0].figures.iter().map(|(title, ..)| title.as_str()).collect();
    println!("\n### {table}\n\n| | {} | bytes | µs |", titles.join(" | "));
    println!("|---|{}---:|---:|", "---|".repeat(titles.len()));
    for row in rows {
        let figures = row.figures.iter().map(|&(_, mean, deviation)| {
            let digits = if mean.abs() < 1.0 { 3 } else { usize::from(mean.abs() < 10.0) * 2 };
            format!("{mean:.digits$} ± {deviation:.digits$}")
        });
        println!("| {} | {} | {} | {:.2} |", row.variant, figures.collect::<Vec<_>>().join(" | "), row.bytes, row.microseconds);
    }
}

/// One model, with what makes `numbers` of its real columns in several variants, and the recipe with the first of them.
macro_rules! table {
    (
        $table:ident, $file:literal, $shown:expr, $trainer:expr,
        { $($inputs:tt)* } { $($rest:tt)* }
    ) => {
        mod $table {
            use super::*;

            variant!(normalized, { $($inputs)* let numbers = record -> Normalize; $($rest)* });
            variant!(robust, { $($inputs)* let numbers = record -> Robust; $($rest)* });
            variant!(scaled, { $($inputs)* let numbers = record -> Robust -> Scale; $($rest)* });
            variant!(periodic, { $($inputs)* let plain = record -> Normalize; let numbers = (plain, plain -> Periodic(8)) -> Concat; $($rest)* });
            variant!(piecewise, { $($inputs)* let numbers = (record -> Normalize, record -> Piecewise(8)) -> Concat; $($rest)* });
            variant!(ensemble, {
                $($inputs)*
                let plain = record -> Normalize;
                let members = plain -> Ensemble(8) -> Conv1D(32, relu, kernel = 1) -> Ensemble(8) -> Conv1D(16, relu, kernel = 1);
                let numbers = (plain, members -> GlobalAveragePool) -> Concat;
                $($rest)*
            });

            pub fn rows() -> Result<Vec<Row>, Box<dyn Error>> {
                let trainer = $trainer;
                Ok(vec![
                    measured("`Normalize`", &normalized::load()?, $shown, normalized::new, || trainer.of())?,
                    measured("`Robust`", &robust::load()?, $shown, robust::new, || trainer.of())?,
                    measured("`Robust -> Scale`", &scaled::load()?, $shown, scaled::new, || trainer.of())?,
                    measured("`Periodic(8)` beside `Normalize`", &periodic::load()?, $shown, periodic::new, || trainer.of())?,
                    measured("`Piecewise(8)` beside `Normalize`", &piecewise::load()?, $shown, piecewise::new, || trainer.of())?,
                    measured("`Ensemble(8)` beside `Normalize`", &ensemble::load()?, $shown, ensemble::new, || trainer.of())?,
                    measured("`Normalize`, `Trainer::tabular()`", &normalized::load()?, $shown, normalized::new, Trainer::tabular)?,
                ])
            }

            fn file() -> Csv {
                Csv::open(concat!("data/", $file)).rare(1)
            }
        }
    };
}

macro_rules! variant {
    ($name:ident, { $($model:tt)* }) => {
        mod $name {
            use super::*;

            multitask! { pub struct Table { $($model)* } }

            pub fn new(seed: u64) -> Table {
                Table::new(&mut mtl::seeded(seed))
            }
            pub fn load() -> Result<(Dataset<Table>, Dataset<Table>), Box<dyn Error>> {
                Ok(super::file().split("split", "train")?)
            }
        }
    };
}

/// How an example is trained.
#[derive(Clone, Copy)]
struct Settings {
    learning_rate: f64,
    weight_decay: f64,
    epochs: usize,
    batch: usize,
}

impl Settings {
    fn of<'a, M: Evaluate<Scalar = f32>>(self) -> Trainer<'a, M, AdamW> {
        // Without decay it is `Adam`.
        let adam = AdamW::new(self.learning_rate).weight_decay(self.weight_decay);
        Trainer::new(adam).epochs(self.epochs).batch_size(self.batch).schedule(Cosine::default())
    }
}

table!(
    penguins, "penguins.csv",
    &[("species", "accuracy"), ("sex", "accuracy"), ("body_mass_g", "mae"), ("delta15n", "r2"), ("delta13c", "r2")],
    Settings { learning_rate: 5e-3, weight_decay: 0.0, epochs: 60, batch: 16 },
    {
        input record: { bill_length_mm, bill_depth_mm, flipper_length_mm };
        input island: class(3);
        input year: one_of { First = "2007", Second = "2008", Third = "2009" };
    } {
        shared body = (numbers, island -> OneHot, year -> OneHot) -> Concat
            -> Dense(64, relu) -> Dropout(0.2) -> Dense(64, relu) -> Dropout(0.2);
        head species = body -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head sex = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [accuracy] }
        head body_mass_g = body -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
        head delta15n = body -> Dense(1) { loss: mse, targets: standardized, labels: partial, metrics: [r2] }
        head delta13c = body -> Dense(1) { loss: mse, targets: standardized, labels: partial, metrics: [r2] }
    }
);

table!(
    weather, "seattle_weather.csv",
    &[("next_temp_max", "mae"), ("next_temp_min", "mae"), ("next_wet", "auc"), ("next_weather", "accuracy")],
    Settings { learning_rate: 2e-3, weight_decay: 0.0, epochs: 120, batch: 32 },
    {
        input record: { doy_sin, doy_cos, precipitation, temp_max, temp_min, wind };
        input weather: class(5);
    } {
        let seen = (numbers, weather -> OneHot) -> Concat;
        shared body = (seen, seen -> Dense(32, tanh, l2 = 0.001) -> Dropout(0.2)) -> Concat;
        shared warmth = (body, body -> Dense(16, relu, l2 = 0.001) -> Dropout(0.1)) -> Concat;
        head next_temp_max = warmth -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
        head next_temp_min = warmth -> Dense(1) { loss: mse, targets: standardized, metrics: [mae] }
        head next_wet = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, metrics: [auc] }
        head next_weather = body -> Dense(5, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
);

table!(
    healthcare, "randhie.csv",
    &[("limited", "auc"), ("health", "accuracy"), ("visits", "mae")],
    Settings { learning_rate: 2e-3, weight_decay: 0.0, epochs: 20, batch: 256 },
    {
        input record: { idp, lpi, fmde, disea };
        input plan: one_of { Free, Quarter = "25", Half = "50", Most = "95", Mixed };
        input checklist: one_of { Nothing, Adults, Children, Mean1, Mean2, Mean3, Mean4 };
        input household: class(790, unknown);
    } {
        let home = household -> Embedding(8) -> Dropout(0.5);
        shared body = (numbers, plan -> OneHot, checklist -> OneHot, home) -> Concat -> Dense(64, tanh, l2 = 0.001) -> Dropout(0.1);
        head limited = body -> Dense(20, tanh, l2 = 0.001) -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [auc] }
        head health = body -> Dense(20, tanh, l2 = 0.001) -> Dense(4, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head visits = body -> Dense(20, tanh, l2 = 0.001) -> Dense(1, exponential) { loss: poisson, weight: 0.3, metrics: [mae] }
    }
);

table!(
    elderly_care, "elderly_care.csv",
    &[("stayed", "auc"), ("health", "auc"), ("visits", "mae")],
    Settings { learning_rate: 2e-3, weight_decay: 0.3, epochs: 40, batch: 32 },
    {
        input record: { age_decades, school, income, chronic, black, married, employed, insured, medicaid, limited };
        input sex: one_of { Female, Male };
        input region: one_of { Midwest, Northeast = "noreast", West, Other };
    } {
        let known = (numbers, sex -> OneHot, region -> OneHot) -> Concat;
        shared body = known -> Dense(16, tanh) -> Dropout(0.2);
        head stayed = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, metrics: [auc] }
        head health = (known, body) -> Concat -> Dense(softmax) {
            loss: categorical_cross_entropy,
            classes: { Poor, Average, Excellent },
            metrics: [auc],
        }
        head visits = body -> Dense(1, exponential) { loss: poisson, weight: 0.2, metrics: [mae] }
    }
);

table!(
    labour, "labour.csv",
    &[("wages", "mae"), ("wages", "r2"), ("education", "mae"), ("education", "r2")],
    Settings { learning_rate: 5e-3, weight_decay: 0.05, epochs: 60, batch: 128 },
    {
        input record: { age };
        input sex: one_of { Male, Female };
        input language: one_of { English, French, Other, unknown };
    } {
        shared body = (numbers, sex -> OneHot, language -> OneHot) -> Concat -> Dense(128, gelu) -> Dropout(0.1) -> Dense(64, gelu);
        head wages = body -> Dense(1) { loss: mse, targets: standardized, labels: partial, metrics: [mae, r2] }
        head education = body -> Dense(1) { loss: mse, targets: standardized, labels: partial, metrics: [mae, r2] }
    }
);

fn main() -> Result<(), Box<dyn Error>> {
    print("penguins", &penguins::rows()?);
    print("weather", &weather::rows()?);
    print("healthcare", &healthcare::rows()?);
    print("elderly_care", &elderly_care::rows()?);
    print("labour", &labour::rows()?);
    Ok(())
}
