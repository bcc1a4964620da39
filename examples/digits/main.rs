//! The main job: three tasks on one handwritten digit, sharing two layers.
//!
//! ```sh
//! cargo run --release --example digits                          # trains, measures, and keeps the weights in target/digits
//! cargo run --release --example digits -- train --seeds 5       # the mean over five trainings
//! cargo run --release --example digits -- evaluate              # the trained model on the test split
//! cargo run --release --example digits -- predict 7 42          # draws two digits of the test split and reads them
//! cargo run --release --example digits --features plot -- plot  # pictures of what the trained model does, in target/digits
//! cargo run --release --example digits --features plot -- card  # a page about the model, in target/digits/card.html
//! ```
//!
//! While it trains, Ctrl-C ends training after the step, and what it has learned is measured and kept.
//!
//! Tuned by five-fold cross-validation within the training split alone. Accuracy of `digit` with 256-128 units: without moved
//! copies of the images 0.981, with four of each 0.985, with eight 0.983. With 512-256 units and four copies: 0.990 after 30 epochs,
//! 0.992 after 60.

#![allow(clippy::duplicate_mod, reason = "each example brings what it needs to run by itself")]

mod model;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};
use mtl::model::Record;
use mtl::prelude::*;
use mtl::weights;

use model::{Digits, DigitsInputs, DigitsOutputs, DigitsReport};

/// Reads handwritten digits: which one it is, whether it is odd, and how many closed loops its shape has.
#[derive(Parser)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Trains the model, measures it on the test split and keeps its weights: what runs without a command
    Train {
        /// How many times, from other parameters; the last model is kept
        #[arg(long, default_value_t = 1)]
        seeds: u64,
        #[arg(long, default_value_t = 60)]
        epochs: usize,
    },
    /// Measures the trained model on the test split
    Evaluate,
    /// Draws digits of the test split and reads them
    Predict {
        /// Their numbers, from 0
        #[arg(default_values_t = [0, 1, 2])]
        rows: Vec<usize>,
    },
    /// Draws pictures of what the trained model does (with `--features plot`)
    Plot,
    /// Trains, and writes a page about the model to target/digits/card.html (with `--features plot`)
    Card {
        #[arg(long, default_value_t = 60)]
        epochs: usize,
    },
}

fn main() -> Result<(), mtl::Error> {
    match Arguments::parse().command.unwrap_or(Command::Train { seeds: 1, epochs: 60 }) {
        Command::Train { seeds, epochs } => {
            support::seeds(seeds, |seed| Ok(train(seed, epochs)?)).map_err(|error| mtl::Error::new(error.to_string()))
        }
        Command::Evaluate => {
            println!("{}", trained()?.evaluate(&model::load()?.1)?);
            Ok(())
        }
        Command::Predict { rows } => predict(&rows),
        Command::Plot => plot(),
        Command::Card { epochs } => card(epochs),
    }
}

/// Where everything is kept.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/digits").join(name)
}

/// Trains, keeps the weights, and measures on the test split.
fn train(seed: u64, epochs: usize) -> Result<DigitsReport, mtl::Error> {
    fs::create_dir_all(file(""))?;
    let (train, test) = model::load()?;
    let mut model = Digits::boxed(&mut mtl::seeded(seed));
    println!("{model}\n");
    let trainer = model::trainer(epochs).seed(seed).log(mtl::log::Csv::new(file("training.csv")));
    #[cfg(feature = "ctrl-c")]
    let trainer = trainer.stop_on_ctrl_c();
    #[cfg_attr(not(feature = "plot"), allow(unused_variables, reason = "only pictures need it"))]
    let history = { trainer }.fit(&mut model, &train)?;
    #[cfg(feature = "plot")]
    history.plot(file("training.svg"))?;
    weights::save(&*model, file("model.safetensors"))?;
    let report = model.evaluate(&test)?;
    #[cfg(feature = "plot")]
    mtl::report::card(&*model, &history, &report)?
        .note("Its data", "1,797 handwritten digits of 8 x 8 pixels (UCI optical digits, as scikit-learn has them); measured on 360 of them.")
        .save(file("card.html"))?;
    Ok(report)
}

/// The model that was trained last.
fn trained() -> Result<Box<Digits>, mtl::Error> {
    let path = file("model.safetensors");
    if !path.exists() {
        return Err(mtl::Error::new("there is no trained model yet: `cargo run --release --example digits` trains one"));
    }
    Ok(weights::load(path)?)
}

/// Draws digits and reads them.
fn predict(rows: &[usize]) -> Result<(), mtl::Error> {
    let (model, (_, test)) = (trained()?, model::load()?);
    for &row in rows {
        let (Some(inputs), Some(targets)) = (test.inputs(row), test.targets(row)) else {
            return Err(mtl::Error::new(format!("the test split has {} digits, counted from 0; there is no number {row}", test.len())));
        };
        let Some(image) = inputs.real(0).and_then(|image| image.try_into().ok()) else { continue };
        show(&image, &model.predict(&DigitsInputs { image }), targets.class(0));
    }
    Ok(())
}

/// An image beside what the model says of it.
fn show(image: &[f32; 64], outputs: &DigitsOutputs, label: Option<usize>) {
    let digit = outputs.digit.class();
    let mut lines: Vec<String> = image.chunks(8).map(|row| row.iter().map(|&pixel| shade(pixel)).collect()).collect();
    let mut probable: Vec<usize> = (0..10).collect();
    probable.sort_by(|&left, &right| outputs.digit.probability(right).total_cmp(&outputs.digit.probability(left)));
    for (line, &class) in lines.iter_mut().skip(1).zip(&probable[..3]) {
        let probability = outputs.digit.probability(class);
        *line += &format!("   {class}  {:<20} {:5.1} %", bar(probability), 100.0 * probability);
    }
    lines[5] += &format!("   odd: {:.1} %, closed loops: {}", 100.0 * outputs.odd, outputs.loops.class());
    if let Some(label) = label {
        lines[6] += &format!("   it is {label}{}", if label == digit { "" } else { ", and was misread" });
    }
    println!("{}\n", lines.join("\n"));
}

/// A pixel from 0 to 1, as wide as it is high.
fn shade(pixel: f32) -> &'static str {
    match pixel {
        pixel if pixel < 0.15 => "  ",
        pixel if pixel < 0.4 => "░░",
        pixel if pixel < 0.65 => "▒▒",
        pixel if pixel < 0.9 => "▓▓",
        _ => "██",
    }
}

fn bar(share: f32) -> String {
    let count = (0..20).filter(|&place| (place as f32 + 0.5) / 20.0 <= share).count();
    "█".repeat(count)
}

/// What the trained model does, on the test split.
#[cfg(feature = "plot")]
fn plot() -> Result<(), mtl::Error> {
    let (model, (_, test)) = (trained()?, model::load()?);
    model.evaluate(&test)?.plot_confusion(file("confusion.svg"))?;
    model.plot_roc(&test, file("roc.svg"))?;
    model.plot_precision_recall(&test, file("precision_recall.svg"))?;
    model.plot_reliability(&test, file("reliability.svg"))?;
    model.plot_kernels("body.dense1.kernel", [8, 8], file("kernels.png"))?;
    println!("the pictures are in {}", file("").display());
    Ok(())
}

/// A page about the model.
#[cfg(feature = "plot")]
fn card(epochs: usize) -> Result<(), mtl::Error> {
    println!("{}", train(1, epochs)?);
    println!("the card is {}", file("card.html").display());
    Ok(())
}

#[cfg(not(feature = "plot"))]
fn card(_: usize) -> Result<(), mtl::Error> {
    Err(mtl::Error::new("a card has pictures: cargo run --release --example digits --features plot -- card"))
}

#[cfg(not(feature = "plot"))]
fn plot() -> Result<(), mtl::Error> {
    Err(mtl::Error::new("pictures take the feature `plot`: cargo run --release --example digits --features plot -- plot"))
}
