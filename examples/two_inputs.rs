//! Two inputs, one shared layer, a classification head and a regression head; and the same model without the second input.
//!
//! ```sh
//! cargo run --release --example two_inputs               # one run
//! cargo run --release --example two_inputs -- seeds=5    # the mean over five
//! ```
//!
//! The model has the shape of the functional-API tutorial of Keras:
//!
//! ```python
//! x = Concatenate()([plan, illness])
//! x = Dense(64, activation="relu")(x)
//! health = Dense(4, activation="softmax", name="health")(x)
//! visits = Dense(1, name="visits")(x)
//! model.compile("adam", loss={"health": "sparse_categorical_crossentropy", "visits": "mse"}, loss_weights={"visits": 0.05})
//! ```
//!
//! Nothing was tuned: both models have what the tutorial has, and 10 epochs.

mod support;

use std::error::Error;

use mtl::evaluate::Evaluate;
use mtl::prelude::*;
use serde::Deserialize;

multitask! {
    /// Self-rated health and doctor visits in a year, from the terms of an insurance and an index of chronic disease.
    pub struct TwoInputs {
        /// The logarithm of the coinsurance, whether there is a deductible, the logarithms of the incentive and of the maximum expenditure.
        input plan: [4];
        /// The index of chronic disease.
        input illness: [1];

        shared body = (plan -> Normalize, illness -> Normalize) -> Concat -> Dense(64, relu);

        head health = body -> Dense(4, softmax) { loss: categorical_cross_entropy, metrics: [accuracy, log_loss] }
        head visits = body -> Dense(1) { loss: mse, weight: 0.05, metrics: [rmse, r2] }
    }
}

multitask! {
    /// The same from the insurance alone. A name that begins with `_` may be unused.
    pub struct OneInput {
        input plan: [4];
        input _illness: [1];

        shared body = plan -> Normalize -> Dense(64, relu);

        head health = body -> Dense(4, softmax) { loss: categorical_cross_entropy, metrics: [accuracy, log_loss] }
        head visits = body -> Dense(1) { loss: mse, weight: 0.05, metrics: [rmse, r2] }
    }
}

/// A line of the file.
#[derive(Deserialize)]
struct Record {
    lncoins: f32,
    idp: f32,
    lpi: f32,
    fmde: f32,
    disea: f32,
    health: usize,
    visits: f32,
    split: String,
}

impl Record {
    fn plan(&self) -> [f32; 4] {
        [self.lncoins, self.idp, self.lpi, self.fmde]
    }
}

/// Trains a model on the training split, and measures it on the test split.
fn train_and_test<M: Evaluate>(
    mut model: M,
    sample: impl Fn(Record) -> (M::Inputs, M::Targets),
    seed: u64,
    epochs: usize,
) -> Result<M::Report, Box<dyn Error>> {
    let file = support::data("randhie.csv");
    let (train, test) = Dataset::<M>::split_csv_rows(file, |row: &Record| row.split == "train", sample)?;
    Trainer::new(Adam::new(1e-3)).epochs(epochs).batch_size(64).seed(seed).fit(&mut model, &train)?;
    Ok(evaluate(&model, &test)?)
}

/// The model on two inputs.
pub fn run(seed: u64, epochs: usize) -> Result<TwoInputsReport, Box<dyn Error>> {
    let model = TwoInputs::new(&mut mtl::seeded(seed));
    println!("{model}\n");
    let sample = |row: Record| {
        let targets = TwoInputsTargets { health: row.health, visits: row.visits };
        (TwoInputsInputs { plan: row.plan(), illness: [row.disea] }, targets)
    };
    train_and_test(model, sample, seed, epochs)
}

/// The model on one input.
pub fn run_on_one(seed: u64, epochs: usize) -> Result<OneInputReport, Box<dyn Error>> {
    let model = OneInput::new(&mut mtl::seeded(seed));
    println!("{model}\n");
    let sample = |row: Record| {
        let targets = OneInputTargets { health: row.health, visits: row.visits };
        (OneInputInputs { plan: row.plan(), _illness: [row.disea] }, targets)
    };
    train_and_test(model, sample, seed, epochs)
}

#[allow(dead_code, reason = "unused where the smoke test includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    support::main(|seed| run_on_one(seed, 10))?;
    support::main(|seed| run(seed, 10))
}
