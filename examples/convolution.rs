//! Convolution and pooling: the tasks of the example `digits`, on the same handwritten digits, from the image and not from a row of pixels.
//!
//! ```sh
//! cargo run --release --example convolution               # one run
//! cargo run --release --example convolution -- seeds=5    # the mean over five
//! ```
//!
//! Over five seeds, on the test split: accuracy of `digit` 0.997 ± 0.001 (the dense layers of `digits`: 0.991 ± 0.002), of `odd`
//! 0.998 ± 0.003, of `loops` 1.000; 7 s of one core a run. The layers and the epochs are the first that were tried.
//!
//! After training the model is made one of eight bits, for a device, with 26 % of the bytes and, in these five runs,
//! the same accuracies.

mod support;

use std::error::Error;

use mtl::data::Fields;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::schedule::Cosine;

multitask! {
    #[int8]
    /// Looks at a digit of 8 × 8 pixels: which one it is, whether it is odd, and how many closed loops its shape has.
    pub struct Seen {
        input image: [8, 8, 1];

        shared body = image
            -> Conv2D(16, relu, padding = same) -> Conv2D(32, padding = same) -> BatchNorm -> relu -> MaxPool2D
            -> Dropout(0.2) -> Conv2D(64, relu, padding = same) -> MaxPool2D
            -> Flatten -> Dropout(0.4) -> Dense(64, relu);

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

/// The image with everything moved by some pixels, empty where nothing moved to.
fn image(pixels: &[f32; 64], right: isize, down: isize) -> [[[f32; 1]; 8]; 8] {
    let pixel = |row: usize, column: usize| {
        let (row, column) = (row.checked_add_signed(-down)?, column.checked_add_signed(-right)?);
        (row < 8 && column < 8).then(|| pixels[row * 8 + column] / 16.0)
    };
    std::array::from_fn(|row| std::array::from_fn(|column| [pixel(row, column).unwrap_or(0.0)]))
}

fn sample((Fields(pixels), digit, _): Line, right: isize, down: isize) -> (SeenInputs, SeenTargets) {
    let odd = if digit % 2 == 1 { 1.0 } else { 0.0 };
    (SeenInputs { image: image(&pixels, right, down) }, SeenTargets { digit, odd, loops: LOOPS[digit] })
}

/// Trains on the training split with each image moved by a pixel too, and measures on the test split.
pub fn run(seed: u64, epochs: usize) -> Result<SeenReport, Box<dyn Error>> {
    let file = support::data("digits.csv");
    let is_train = |(_, _, split): &Line| split == "train";
    let (mut train, test) = Dataset::<Seen>::split_csv_rows(&file, is_train, |line| sample(line, 0, 0))?;
    for (right, down) in [(1, 0), (-1, 0), (0, 1), (0, -1)] {
        let (copies, _) = Dataset::<Seen>::split_csv_rows(&file, is_train, |line| sample(line, right, down))?;
        train.append(&copies);
    }

    let mut model = Seen::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    println!("{model}\n");
    Trainer::new(Adam::new(2e-3)).epochs(epochs).batch_size(64).schedule(Cosine::default()).seed(seed).report_every(10).fit(&mut model, &train)?;
    let report = evaluate(&model, &test)?;

    // For a device: the ranges of the bytes are those that the values have on the training images.
    let small = SeenInt8::quantize(&model, &train)?;
    let in_eight_bits = small.evaluate(&test)?;
    println!(
        "in eight bits, {} bytes in place of {}: digit {:.3} in place of {:.3}, odd {:.3} of {:.3}, loops {:.3} of {:.3}\n",
        size_of::<SeenInt8>(),
        size_of::<Seen>(),
        in_eight_bits.digit.accuracy,
        report.digit.accuracy,
        in_eight_bits.odd.accuracy,
        report.odd.accuracy,
        in_eight_bits.loops.accuracy,
        report.loops.accuracy,
    );
    Ok(report)
}

#[allow(dead_code, reason = "unused where the smoke test includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    support::main(|seed| run(seed, 30))
}
