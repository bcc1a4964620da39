//! Cross-stitch units on two digits that lie over each other: which is the left one, and which the right one?
//!
//! Four models: a tower of its own for each task; the same with a cross-stitch unit after each layer, with one coefficient a pair of
//! flows, or one a channel; one tower for both, twice as wide. All but the last have as many weights, up to the coefficients.
//!
//! All are near each other (left and right): apart 0.937 and 0.952, cross-stitch 0.934 and 0.952, by channels 0.932 and 0.956, one tower
//! 0.935 and 0.947. The coefficients say why: from 0.9 and 0.1 they grow to about 1.9 for a tower's own flow and 0.0 to 0.2 for the
//! other's, so the towers learn to keep to themselves.
//!
//! ```sh
//! cargo run --release --example cross_stitch
//! ```

use std::error::Error;

use mtl::data::Fields;
use mtl::evaluate::Evaluate;
use mtl::prelude::*;

const SEEDS: u64 = 3;
const PIXELS: usize = 80;

multitask! {
    /// Nothing is shared.
    #[independent]
    struct Apart {
        input canvas: [PIXELS];
        head left = canvas -> Dense(128, relu) -> Dropout(0.2) -> Dense(64, relu) -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head right = canvas -> Dense(128, relu) -> Dropout(0.2) -> Dense(64, relu) -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

multitask! {
    /// What each tower takes of the other is learned, a number for each pair.
    struct Stitched {
        input canvas: [PIXELS];
        let (a, b) = (canvas -> Dense(128, relu) -> Dropout(0.2), canvas -> Dense(128, relu) -> Dropout(0.2)) -> CrossStitch;
        let (c, d) = (a -> Dense(64, relu), b -> Dense(64, relu)) -> CrossStitch;
        head left = c -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head right = d -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

multitask! {
    /// The same, a number for each channel.
    struct Channels {
        input canvas: [PIXELS];
        let (a, b) = (canvas -> Dense(128, relu) -> Dropout(0.2), canvas -> Dense(128, relu) -> Dropout(0.2)) -> CrossStitch(channels = true);
        let (c, d) = (a -> Dense(64, relu), b -> Dense(64, relu)) -> CrossStitch(channels = true);
        head left = c -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head right = d -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

multitask! {
    /// One tower for both.
    struct Shared {
        input canvas: [PIXELS];
        shared body = canvas -> Dense(256, relu) -> Dropout(0.2) -> Dense(128, relu);
        head left = body -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
        head right = body -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

/// Two digits over each other.
struct Pair {
    canvas: [f32; PIXELS],
    left: usize,
    right: usize,
    train: bool,
}

/// The left digit in columns 0 to 7 of a canvas of 8 × 10, the right one in 2 to 9; the brighter pixel wins.
fn pairs() -> Result<Vec<Pair>, Box<dyn Error>> {
    let digits: Vec<([f32; 64], usize)> = csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/data/digits.csv"))?
        .deserialize()
        .map(|line| line.map(|(Fields(pixels), label, _): (Fields<f32, 64>, usize, String)| (pixels, label)))
        .collect::<Result<_, _>>()?;
    let mut pairs = Vec::new();
    for line in csv::Reader::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/data/multidigits_pairs.csv"))?.deserialize() {
        let (left, right, split): (usize, usize, String) = line?;
        let (left, right) = (digits.get(left).ok_or("no such row of digits.csv")?, digits.get(right).ok_or("no such row of digits.csv")?);
        let mut canvas = [0.0_f32; PIXELS];
        for row in 0..8 {
            for column in 0..8 {
                let at = row * 10 + column;
                canvas[at] = canvas[at].max(left.0[row * 8 + column] / 16.0);
                canvas[at + 2] = canvas[at + 2].max(right.0[row * 8 + column] / 16.0);
            }
        }
        pairs.push(Pair { canvas, left: left.1, right: right.1, train: split == "train" });
    }
    Ok(pairs)
}

/// The accuracies of both tasks on the test split, and the model.
fn accuracies<M: Evaluate<Scalar = f32>>(
    pairs: &[Pair],
    seed: u64,
    row: impl Fn(&Pair) -> (M::Inputs, M::Targets),
    read: impl Fn(&M::Report) -> [f64; 2],
) -> Result<([f64; 2], Box<M>), Box<dyn Error>> {
    let (mut train, mut test) = (Dataset::<M>::new(), Dataset::<M>::new());
    for pair in pairs {
        let (inputs, targets) = row(pair);
        if pair.train { train.push(inputs, targets)? } else { test.push(inputs, targets)? }
    }
    let mut model = mtl::flat::zeroed_box::<M>();
    model.initialize(&mut mtl::seeded(seed));
    Trainer::new(Adam::new(1e-3)).epochs(30).batch_size(64).seed(seed).quiet().fit(&mut *model, &train)?;
    Ok((read(&evaluate::<M, _>(&*model, &test)?), model))
}

macro_rules! run {
    ($model:ident, $inputs:ident, $targets:ident, $pairs:expr, $seed:expr) => {
        accuracies::<$model>(
            $pairs,
            $seed,
            |pair| ($inputs { canvas: pair.canvas }, $targets { left: pair.left, right: pair.right }),
            |report| [report.left.accuracy, report.right.accuracy],
        )?
    };
}

fn main() -> Result<(), Box<dyn Error>> {
    let pairs = pairs()?;
    let mut sums = [[0.0; 2]; 4];
    for seed in 1..=SEEDS {
        let (apart, _) = run!(Apart, ApartInputs, ApartTargets, &pairs, seed);
        let (stitched, model) = run!(Stitched, StitchedInputs, StitchedTargets, &pairs, seed);
        let (channels, _) = run!(Channels, ChannelsInputs, ChannelsTargets, &pairs, seed);
        let (shared, _) = run!(Shared, SharedInputs, SharedTargets, &pairs, seed);
        for (sum, accuracies) in sums.iter_mut().zip([apart, stitched, channels, shared]) {
            *sum = [sum[0] + accuracies[0], sum[1] + accuracies[1]];
        }
        if seed == 1 {
            let own = |row: &[f32]| format!("[{:.2} {:.2}]", row[0], row[1]);
            println!("coefficients after training (own and other flow at first 0.9 and 0.1)");
            let (first, second) = (&model.a_b, &model.c_d);
            println!(
                "after layer 1: left {} right {}",
                own(first.cross_stitch1_a.coefficients.as_slice()),
                own(first.cross_stitch1_b.coefficients.as_slice())
            );
            println!(
                "after layer 2: left {} right {}\n",
                own(second.cross_stitch1_c.coefficients.as_slice()),
                own(second.cross_stitch1_d.coefficients.as_slice())
            );
        }
    }
    println!("accuracy on the test split, {SEEDS} seeds");
    for (name, [left, right]) in ["apart", "cross-stitch, a pair", "cross-stitch, a channel", "one tower"].iter().zip(sums) {
        println!("{name:24} left {:.4}  right {:.4}", left / SEEDS as f64, right / SEEDS as f64);
    }
    Ok(())
}
