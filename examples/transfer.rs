//! Transfer: a body that learned to read digits, used for another target with few labels, against training from scratch.
//!
//! The source model learns the ten digits from one half of the training split. The target, how many closed loops a digit has, is known for
//! a few images of the other half. Figures are accuracies on the test split, means over twenty seeds, and the gain over training from
//! scratch on the same images, with its 95 % confidence interval. Every number of labels that was tried is here.
//!
//! The gain of tuning the transferred body at a tenth of the rate: 3.1 ± 3.1 points with 10 labels, 3.4 ± 1.8 with 20, 2.3 ± 1.0 with 40,
//! 1.4 ± 0.9 with 80, 0.1 ± 0.5 with 160. Frozen it gains as much with few labels, and loses 1.4 ± 0.8 with 160.
//!
//! ```sh
//! cargo run --release --example transfer
//! ```

use std::error::Error;
use std::io::Cursor;

use mtl::compare::Estimate;
use mtl::data::Fields;
use mtl::prelude::*;
use mtl::weights::{LoadOptions, to_bytes};

multitask! {
    /// Reads a digit.
    pub struct Source {
        input image: [64];
        let body = image -> Dense(128, relu) -> Dense(64, relu);
        head digit = body -> Dense(10, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

multitask! {
    /// Counts the closed loops of a digit; its body has the shape of the other one.
    pub struct Target {
        input image: [64];
        let body = image -> Dense(128, relu) -> Dense(64, relu);
        head loops = body -> Dense(3, softmax) { loss: categorical_cross_entropy, metrics: [accuracy] }
    }
}

/// The closed loops in the shape of each digit, as it is usually written.
const LOOPS: [usize; 10] = [1, 0, 0, 0, 0, 0, 1, 0, 2, 1];

/// A line of the file: 64 pixels from 0 to 16, the label, the split.
type Line = (Fields<f32, 64>, usize, String);

/// How the target is trained.
#[derive(Clone, Copy, Debug)]
enum Way {
    Scratch,
    Frozen,
    Tuned,
}

const WAYS: [(&str, Way); 3] =
    [("from scratch", Way::Scratch), ("body transferred and frozen", Way::Frozen), ("body transferred and tuned", Way::Tuned)];

/// How many images have a label of the target.
const LABELS: [usize; 5] = [10, 20, 40, 80, 160];

const SEEDS: u64 = 20;

fn main() -> Result<(), Box<dyn Error>> {
    let path = "data/digits.csv";
    let is_train = |line: &Line| line.2 == "train";
    let image = |Fields(pixels): Fields<f32, 64>| pixels.map(|pixel: f32| pixel / 16.0);
    let (source, _) = Dataset::<Source>::split_csv_rows(path, is_train, |(pixels, digit, _): Line| {
        (SourceInputs { image: image(pixels) }, SourceTargets { digit })
    })?;
    let (target, test) = Dataset::<Target>::split_csv_rows(path, is_train, |(pixels, label, _): Line| {
        (TargetInputs { image: image(pixels) }, TargetTargets { loops: LOOPS[label] })
    })?;
    let half = source.len() / 2;
    let source = source.subset(&(0..half).collect::<Vec<_>>())?;

    // By seed, number of labels and way.
    let mut accuracies = Vec::new();
    for seed in 1..=SEEDS {
        let mut rng = mtl::seeded(seed);
        let mut reader = Source::boxed(&mut rng);
        Trainer::new(Adam::new(1e-3)).epochs(40).seed(seed).quiet().fit(&mut *reader, &source)?;
        let weights = to_bytes(&*reader)?;
        let (other, _) = target.partition(|row| row >= half);
        let other = other.shuffled(seed);

        accuracies.push(LABELS.map(|labels| -> Result<_, Box<dyn Error>> {
            let labelled = other.subset(&(0..labels).collect::<Vec<_>>())?;
            let mut accuracies = [0.0; WAYS.len()];
            for (accuracy, (_, way)) in accuracies.iter_mut().zip(WAYS) {
                let mut model = Target::boxed(&mut mtl::seeded(seed));
                if !matches!(way, Way::Scratch) {
                    let report = LoadOptions::new().read_matching(&mut *model, Cursor::new(&weights))?;
                    if seed == 1 && labels == LABELS[0] && matches!(way, Way::Frozen) {
                        println!("{report}\n");
                    }
                }
                let trainer = Trainer::new(Adam::new(2e-3)).epochs(200).batch_size(20).seed(seed).quiet();
                let mut trainer = match way {
                    Way::Scratch => trainer,
                    Way::Frozen => trainer.freeze(TargetBlock::Body),
                    Way::Tuned => trainer.learning_rate_of(TargetBlock::Body, 0.1),
                };
                trainer.fit(&mut *model, &labelled)?;
                *accuracy = evaluate(&*model, &test)?.loops.accuracy;
            }
            Ok(accuracies)
        }));
    }
    println!("labels  way                          accuracy  gain over scratch, in points");
    for (place, labels) in LABELS.iter().enumerate() {
        let by_seed = accuracies.iter().map(|by_labels| by_labels[place].as_ref()).collect::<Result<Vec<_>, _>>();
        let by_seed = by_seed.map_err(ToString::to_string)?;
        for (way, (name, _)) in WAYS.iter().enumerate() {
            let mean = Estimate::of(&by_seed.iter().map(|ways| ways[way]).collect::<Vec<_>>()).mean;
            let gain = Estimate::of(&by_seed.iter().map(|ways| 100.0 * (ways[way] - ways[0])).collect::<Vec<_>>());
            println!("{labels:6}  {name:28} {mean:.3}    {:+.1} ± {:.1}", gain.mean, gain.half_width);
        }
    }
    Ok(())
}
