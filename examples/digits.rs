//! The main job: three tasks on one handwritten digit, sharing two layers.
//!
//! ```sh
//! cargo run --release --example digits             # one run
//! cargo run --release --example digits -- 5        # the mean of five seeds
//! ```

use std::error::Error;
use std::time::Instant;

use mtl::data::Fields;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;

multitask! {
    /// Reads a digit of 8 × 8 pixels: which one it is, whether it is odd, and how many closed loops its shape has.
    pub struct Digits {
        input image: [64];

        shared body = image -> Dense(256, relu) -> Dropout(0.3) -> Dense(128, relu) -> Dropout(0.3);

        head digit = body -> Dense(10, softmax) {
            loss: categorical_cross_entropy,
            metrics: [accuracy, confusion],
        }
        head odd = body -> Dense(16, relu) -> Dense(1, sigmoid) {
            loss: binary_cross_entropy,
            weight: 0.3,
            metrics: [accuracy, auc],
        }
        head loops = body -> Dense(16, relu) -> Dense(3, softmax) {
            loss: categorical_cross_entropy,
            weight: 0.3,
            metrics: [accuracy],
        }
    }
}

/// The closed loops in the shape of each digit, as it is usually written.
const LOOPS: [usize; 10] = [1, 0, 0, 0, 0, 0, 1, 0, 2, 1];

/// A line of the file: 64 pixels from 0 to 16, the label, the split.
type Line = (Fields<f32, 64>, usize, String);

fn sample((Fields(pixels), label, _): Line) -> (DigitsInputs, DigitsTargets) {
    let image = pixels.map(|pixel| pixel / 16.0);
    let odd = [if label % 2 == 1 { 1.0 } else { 0.0 }].into();
    (DigitsInputs { image }, DigitsTargets { digit: label, odd, loops: LOOPS[label] })
}

/// The image moved by a pixel to each side: what a digit is does not depend on where it stands.
fn moved(inputs: &DigitsInputs) -> [DigitsInputs; 4] {
    [(1, 0), (-1, 0), (0, 1), (0, -1)].map(|(right, down)| {
        let pixel = |row: i32, column: i32| {
            let (row, column) = (usize::try_from(row - down).ok()?, usize::try_from(column - right).ok()?);
            (row < 8 && column < 8).then(|| inputs.image[row * 8 + column])
        };
        let mut image = [0.0; 64];
        for (index, value) in (0..).zip(&mut image) {
            *value = pixel(index / 8, index % 8).unwrap_or(0.0);
        }
        DigitsInputs { image }
    })
}

/// Trains on the training split; tells the report on the test split.
fn run(seed: u64, loud: bool) -> Result<DigitsReport, Box<dyn Error>> {
    let (plain, test) = Dataset::<Digits>::split_csv("data/digits.csv", |(_, _, split): &Line| split == "train", sample)?;
    let (mut train, _) = Dataset::<Digits>::split_csv("data/digits.csv", |(_, _, split): &Line| split == "train", sample)?;
    let _ = (&plain, &mut train);

    let mut model = Digits::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    let mut trainer = Trainer::new(Adam::new(1e-3)).epochs(40).batch_size(64).seed(seed);
    if !loud {
        trainer = trainer.quiet();
    } else {
        println!("{model}\n");
    }
    trainer.fit(&mut *model, &train)?;
    Ok(evaluate(&*model, &test)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    println!("{}", run(1, true)?);
    println!("{:.1} s", started.elapsed().as_secs_f64());
    Ok(())
}
