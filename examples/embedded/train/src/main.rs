//! Trains the model on the digits and saves its weights for the firmware: `cargo run --release -p train`.
#![forbid(unsafe_code)]

use std::error::Error;

use digits_model::{Digits, DigitsInputs, DigitsInt8, DigitsTargets, inputs};
use mtl::data::Fields;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;

/// A line of the file: 64 pixels from 0 to 16, the label, the split.
type Line = (Fields<u8, 64>, usize, String);

fn sample((Fields(pixels), label, _): Line) -> (DigitsInputs, DigitsTargets) {
    let odd = if label % 2 == 1 { 1.0 } else { 0.0 };
    (inputs(&pixels), DigitsTargets { digit: label, odd })
}

fn main() -> Result<(), Box<dyn Error>> {
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../data/digits.csv");
    let weights = concat!(env!("CARGO_MANIFEST_DIR"), "/../weights/digits.safetensors");

    let (train, test) = Dataset::<Digits>::split_csv_rows(data, |(_, _, split): &Line| split == "train", sample)?;
    let mut model = Digits::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    println!("{model}\n");
    Trainer::new(Adam::new(2e-3)).epochs(60).batch_size(32).seed(1).report_every(10).fit(&mut model, &train)?;
    println!("{}", evaluate(&*model, &test)?);

    mtl::weights::save(&*model, weights)?;
    println!("saved to {weights}");

    let in_eight_bits = concat!(env!("CARGO_MANIFEST_DIR"), "/../weights/digits_int8.safetensors");
    let small = DigitsInt8::quantize(&model, &train)?;
    println!("{}", small.report);
    println!("in eight bits:\n{}", small.evaluate(&test)?);
    mtl::int8::save(&*small, in_eight_bits)?;
    println!("saved to {in_eight_bits}");
    Ok(())
}
