//! Random data for any model, and its gradients by finite differences.

#![allow(dead_code, reason = "every test uses a part of it")]

use mtl::flat::{zeroed, zeroed_box, zeroed_slice};
use mtl::layer::Pass;
use mtl::model::{FieldKind, HeadSet, Record};
use mtl::pass::{self, Batch, Tile};
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};
use mtl::{Flat, Model};

/// One row of inputs or targets of any model.
#[derive(Clone, Debug)]
pub enum Field {
    Real(Vec<f64>),
    Class(usize),
    Missing,
}

#[derive(Clone, Debug)]
pub struct Row(pub Vec<Field>);

impl Record<f64> for Row {
    fn real(&self, field: usize) -> Option<&[f64]> {
        match &self.0[field] {
            Field::Real(values) => Some(values),
            Field::Class(_) | Field::Missing => None,
        }
    }
    fn class(&self, field: usize) -> Option<usize> {
        match &self.0[field] {
            Field::Class(index) => Some(*index),
            Field::Real(_) | Field::Missing => None,
        }
    }
}

/// Random samples with weights: a batch of any model.
#[derive(Clone, Debug)]
pub struct Samples {
    pub rows: Vec<(Row, Row)>,
    pub weights: Vec<f64>,
}

impl<M: Model<Scalar = f64>> Batch<M> for Samples {
    fn len(&self) -> usize {
        self.rows.len()
    }
    fn labels(&self, head: usize) -> usize {
        self.rows.iter().filter(|(_, targets)| !matches!(targets.0[head], Field::Missing)).count()
    }
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize) {
        M::load_inputs(values, column, &self.rows[sample].0);
    }
    fn load_targets<const COLUMNS: usize>(&self, sample: usize, targets: &mut M::TargetColumns<COLUMNS>, column: usize) {
        M::load_targets(targets, column, &self.rows[sample].1);
    }
    fn weight(&self, sample: usize) -> f64 {
        self.weights[sample]
    }
}

pub fn rng(seed: u64) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(seed)
}

/// The targets that a loss of real numbers takes.
enum Domain {
    Reals,
    Counts,
    Signs,
    Labels,
    Distributions,
}

impl Domain {
    /// As the loss of a head says itself: the widest that it takes.
    fn of<M: Model<Scalar = f64>>(head: usize, width: usize) -> Self {
        let takes = |value: f64| {
            let mut targets = vec![Field::Missing; M::HEADS.len()];
            targets[head] = Field::Real(vec![value; width]);
            M::check_targets(&Row(targets)).is_ok()
        };
        if takes(-0.5) {
            Self::Reals
        } else if takes(3.0) {
            Self::Counts
        } else if takes(-1.0) {
            Self::Signs
        } else if takes(0.0) && takes(1.0) {
            Self::Labels
        } else {
            Self::Distributions
        }
    }
}

/// Random samples of a model, each target in the domain of its head's loss.
pub fn samples<M: Model<Scalar = f64>>(count: usize, seed: u64) -> Samples {
    let mut rng = rng(seed);
    let rows = (0..count)
        .map(|_| {
            let inputs = M::INPUTS.iter().map(|input| match input.kind {
                FieldKind::Real { width } => Field::Real((0..width).map(|_| rng.random_range(-1.5..1.5)).collect()),
                FieldKind::Class { classes } => Field::Class(rng.random_range(0..classes)),
            });
            let inputs = Row(inputs.collect());
            let targets = M::HEADS.iter().enumerate().map(|(number, head)| {
                if head.partial && rng.random_bool(0.4) {
                    return Field::Missing;
                }
                match head.target {
                    FieldKind::Class { classes } => Field::Class(rng.random_range(0..classes)),
                    FieldKind::Real { width } => Field::Real(match Domain::of::<M>(number, width) {
                        Domain::Labels => (0..width).map(|_| f64::from(u8::from(rng.random_bool(0.5)))).collect(),
                        Domain::Signs => (0..width).map(|_| if rng.random_bool(0.5) { 1.0 } else { -1.0 }).collect(),
                        Domain::Counts => (0..width).map(|_| f64::from(rng.random_range(0..5_u8))).collect(),
                        Domain::Distributions => {
                            let raw: Vec<f64> = (0..width).map(|_| rng.random_range(0.1..1.0)).collect();
                            let sum: f64 = raw.iter().sum();
                            raw.iter().map(|x| x / sum).collect()
                        }
                        Domain::Reals => (0..width).map(|_| rng.random_range(-1.5..1.5)).collect(),
                    }),
                }
            });
            (inputs, Row(targets.collect()))
        })
        .collect();
    let weights = (0..count).map(|_| rng.random_range(0.2..2.0)).collect();
    Samples { rows, weights }
}

/// A model with random parameters everywhere, moving statistics included.
pub fn random_model<M: Model<Scalar = f64>>(seed: u64) -> Box<M> {
    let mut rng = rng(seed);
    let mut model: Box<M> = zeroed_box();
    model.initialize(&mut rng);
    for tensor in M::PARAMETERS {
        for value in &mut model.as_mut_slice()[tensor.offset..tensor.offset + tensor.len] {
            if tensor.path.ends_with("variance") {
                *value = rng.random_range(0.5..1.5);
            } else {
                *value += rng.random_range(-0.3..0.3);
            }
        }
    }
    model
}

/// The combined loss of some heads and its gradient.
pub fn gradient<M: Model<Scalar = f64>>(model: &M, samples: &Samples, pass: Pass, heads: HeadSet) -> (f64, Box<M>) {
    let mut tiles = zeroed_slice::<Tile<M, 4>>(samples.rows.len().div_ceil(4));
    let mut statistics = zeroed();
    let mut gradient: Box<M> = zeroed_box();
    // What was there before must not matter.
    gradient.as_mut_slice().fill(f64::NAN);
    let losses = pass::value_and_gradient(
        pass::Work { model, pass, heads },
        samples,
        &M::loss_weights(),
        pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
        &mut gradient,
    )
    .unwrap();
    let combined: f64 = M::HEADS.iter().zip(losses.as_slice()).map(|(head, loss)| head.weight * loss).sum();
    (combined + model.penalty(None), gradient)
}

/// Checks the gradient of every trainable parameter against central differences of fourth order, relative error under 1e-6.
pub fn check_gradients<M: Model<Scalar = f64>>(seed: u64, count: usize, training: bool) {
    let mut model: Box<M> = random_model(seed);
    let samples = samples::<M>(count, seed + 1);
    let pass = Pass { training, ..Pass::train(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15)) };
    let (_, analytic) = gradient(&*model, &samples, pass, HeadSet::ALL);
    for tensor in M::PARAMETERS {
        let largest = analytic.as_slice()[tensor.offset..tensor.offset + tensor.len].iter().fold(0.0_f64, |a, b| a.max(b.abs()));
        if !tensor.trainable {
            assert!(largest == 0.0, "{}: {} is not trained and has a gradient", M::NAME, tensor.path);
            continue;
        }
        // All of a small tensor, a spread of a large one.
        let stride = (tensor.len / 12).max(1);
        for index in (tensor.offset..tensor.offset + tensor.len).step_by(stride) {
            let start = model.as_slice()[index];
            let step = 1e-4;
            let mut value = |offset: f64| {
                model.as_mut_slice()[index] = start + offset * step;
                let value = gradient(&*model, &samples, pass, HeadSet::ALL).0;
                model.as_mut_slice()[index] = start;
                value
            };
            let numeric = (8.0 * (value(1.0) - value(-1.0)) - (value(2.0) - value(-2.0))) / (12.0 * step);
            let analytic = analytic.as_slice()[index];
            let error = (analytic - numeric).abs() / analytic.abs().max(numeric.abs()).max(largest).max(1e-4);
            assert!(
                error < 1e-6,
                "{} (seed {seed}): {}[{}]: {analytic} instead of {numeric}, error {error:e}",
                M::NAME,
                tensor.path,
                index - tensor.offset
            );
        }
    }
}
