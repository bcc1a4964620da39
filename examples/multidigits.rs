//! Two digits laid over each other, two tasks: which is the left one, which is the right one?
//!
//! The two-task benchmark of this field in small, with dense layers. Every network sees the canvas alone; what it is trained on are the pairs
//! of the training split, and new pairs of the same training images.
//!
//! ```sh
//! cargo run --release --example multidigits             # the mean of three seeds on the test split
//! cargo run --release --example compare --features plot -- multidigits  # each head alone against both together
//! ```

use std::error::Error;
use std::time::Instant;

use mtl::prelude::*;
use mtl::rand::RngExt;
use mtl::schedule::Cosine;

multitask! {
    /// Reads two digits of 8 × 8 pixels on a canvas of 8 × 10: the left one in columns 0 to 7, the right one in 2 to 9.
    pub struct MultiDigits {
        input canvas: [8, 10];

        shared body = canvas -> Flatten -> Dense(512, relu) -> Dropout(0.2) -> Dense(256, relu) -> Dropout(0.2);

        head left = body -> Dense(64, relu) -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head right = body -> Dense(64, relu) -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

/// A digit and its label.
type Digit = ([f32; 64], usize);

/// The fields of every line of a file but the first.
fn lines(path: &str) -> Result<Vec<Vec<String>>, std::io::Error> {
    Ok(std::fs::read_to_string(path)?.lines().skip(1).map(|line| line.split(',').map(String::from).collect()).collect())
}

fn digit(line: &[String]) -> Result<Digit, Box<dyn Error>> {
    let mut pixels = [0.0; 64];
    for (pixel, field) in pixels.iter_mut().zip(line) {
        *pixel = field.parse::<f32>()? / 16.0;
    }
    Ok((pixels, line[64].parse()?))
}

/// One digit over the other: the brighter pixel wins.
fn overlay((left, left_label): &Digit, (right, right_label): &Digit) -> (MultiDigitsInputs, MultiDigitsTargets) {
    let mut canvas = [[0.0_f32; 10]; 8];
    for row in 0..8 {
        for column in 0..8 {
            canvas[row][column] = canvas[row][column].max(left[row * 8 + column]);
            canvas[row][column + 2] = canvas[row][column + 2].max(right[row * 8 + column]);
        }
    }
    (MultiDigitsInputs { canvas }, MultiDigitsTargets { left: *left_label, right: *right_label })
}

/// Training data, with `extra` more pairs of the training images, and test data.
pub fn load(extra: usize) -> Result<(Dataset<MultiDigits>, Dataset<MultiDigits>), Box<dyn Error>> {
    let digits = lines("data/digits.csv")?.iter().map(|line| digit(line)).collect::<Result<Vec<_>, _>>()?;
    let (mut train, mut test, mut images) = (Dataset::new(), Dataset::new(), Vec::new());
    for line in lines("data/multidigits_pairs.csv")? {
        let (left, right) = (line[0].parse::<usize>()?, line[1].parse::<usize>()?);
        let (inputs, targets) = overlay(&digits[left], &digits[right]);
        if line[2] == "train" {
            images.extend([left, right]);
            train.push(inputs, targets)?;
        } else {
            test.push(inputs, targets)?;
        }
    }
    images.sort_unstable();
    images.dedup();
    let mut rng = mtl::seeded(1);
    for _ in 0..extra {
        let mut draw = || &digits[images[rng.random_range(0..images.len())]];
        let (inputs, targets) = overlay(draw(), draw());
        train.push(inputs, targets)?;
    }
    Ok((train, test))
}

/// How it is trained.
pub fn trainer<'a>(epochs: usize) -> Trainer<'a, MultiDigits, Adam> {
    Trainer::new(Adam::new(1e-3)).epochs(epochs).batch_size(64).schedule(Cosine::default()).quiet()
}

#[allow(dead_code, reason = "unused where another program includes this file")]
fn main() -> Result<(), Box<dyn Error>> {
    let (train, test) = load(32_000)?;
    let mut sums = [0.0; 2];
    for seed in 1..=3 {
        let started = Instant::now();
        let mut model = MultiDigits::boxed(&mut mtl::seeded(seed));
        trainer(20).seed(seed).fit(&mut *model, &train)?;
        let report = evaluate(&*model, &test)?;
        println!("seed {seed}: left {:.4}, right {:.4}, {:.1} s", report.left.accuracy, report.right.accuracy, started.elapsed().as_secs_f64());
        sums[0] += report.left.accuracy / 3.0;
        sums[1] += report.right.accuracy / 3.0;
    }
    println!("mean: left {:.4}, right {:.4}", sums[0], sums[1]);
    Ok(())
}
