//! The model, its data, and how it is trained.

#[path = "../support/mod.rs"]
mod support;

use mtl::data::Fields;
use mtl::prelude::*;
use mtl::schedule::Cosine;

multitask! {
    /// Reads a digit of 8 × 8 pixels: which one it is, whether it is odd, and how many closed loops its shape has.
    pub struct Digits {
        input image: [64];

        shared body = image -> Dense(512, relu) -> Dropout(0.3) -> Dense(256, relu) -> Dropout(0.3);

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

/// A line of the file: 64 pixels from 0 to 16, the digit, and which split it belongs to.
type Line = (Fields<f32, 64>, usize, String);

fn sample((Fields(pixels), digit, _): Line) -> (DigitsInputs, DigitsTargets) {
    let odd = if digit % 2 == 1 { 1.0 } else { 0.0 };
    (DigitsInputs { image: pixels.map(|pixel| pixel / 16.0) }, DigitsTargets { digit, odd, loops: LOOPS[digit] })
}

/// The sample with its image moved by a pixel: what a digit is does not depend on where it stands.
fn moved(line: Line, right: isize, down: isize) -> (DigitsInputs, DigitsTargets) {
    let (DigitsInputs { image }, targets) = sample(line);
    let pixel = |index: usize| {
        let (row, column) = ((index / 8).checked_add_signed(-down)?, (index % 8).checked_add_signed(-right)?);
        (row < 8 && column < 8).then(|| image[row * 8 + column])
    };
    (DigitsInputs { image: std::array::from_fn(|index| pixel(index).unwrap_or(0.0)) }, targets)
}

/// The training split, with four moved copies of each image, and the test split.
pub fn load() -> Result<(Dataset<Digits>, Dataset<Digits>), mtl::Error> {
    let file = support::data("digits.csv");
    let is_train = |(_, _, split): &Line| split == "train";
    let (mut train, test) = Dataset::<Digits>::split_csv_rows(&file, is_train, sample)?;
    for (right, down) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
        let (copies, _) = Dataset::<Digits>::split_csv_rows(&file, is_train, |line| moved(line, right, down))?;
        train.append(&copies);
    }
    Ok((train, test))
}

/// How it is trained.
pub fn trainer<'a>(epochs: usize) -> Trainer<'a, Digits, Adam> {
    Trainer::new(Adam::new(2e-3)).epochs(epochs).batch_size(64).schedule(Cosine::default()).report_every(10)
}

/// Trains on the training split, and measures on the test split.
#[allow(dead_code, reason = "unused where the program trains by itself")]
pub fn run(seed: u64, epochs: usize) -> Result<DigitsReport, mtl::Error> {
    let (train, test) = load()?;
    let mut model = Digits::boxed(&mut mtl::seeded(seed));
    println!("{model}\n");
    trainer(epochs).seed(seed).fit(&mut model, &train)?;
    Ok(evaluate(&model, &test)?)
}
