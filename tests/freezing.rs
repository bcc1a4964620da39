//! Frozen blocks and learning rates by block.

mod support;

use mtl::data::Dataset;
use mtl::layer::Pass;
use mtl::model::{BlockName, BlockSet, HeadSet};
use mtl::pass::{self, Tile, value_and_gradient};
use mtl::prelude::*;
use mtl::rand::RngExt;
use mtl::trainer::TrainError;
use mtl::{Evaluate, Flat, Model};
use support::{random_model, rng};

multitask! {
    struct Tower {
        input x: [5];
        shared low = x -> Normalize -> Dense(8, tanh, l2 = 0.01) -> LayerNorm;
        shared middle = low -> Dense(7, tanh) -> Dense(7, elu);
        let side = low -> Dense(7, tanh);
        head first = (middle, side) -> Add -> Dense(1) { loss: mse }
        head second = middle -> Dense(4, tanh) -> Dense(1) { loss: mse }
    }
}

multitask! {
    struct Normed {
        input x: [5];
        shared low = x -> Dense(8) -> BatchNorm -> tanh;
        let high = low -> Dense(6) -> BatchNorm -> tanh;
        head first = high -> Dense(1) { loss: mse }
        head second = low -> Dense(1) { loss: mse }
    }
}

fn tower(count: usize) -> Dataset<Tower<f64>> {
    let mut rng = rng(1);
    let rows = (0..count).map(|_| {
        let x: [f64; 5] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        (TowerInputs { x }, TowerTargets { first: x[0] * x[1], second: x[2] - x[3] })
    });
    Dataset::from_rows(rows).unwrap()
}

fn normed(count: usize) -> Dataset<Normed<f64>> {
    let mut rng = rng(1);
    let rows = (0..count).map(|_| {
        let x: [f64; 5] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        (NormedInputs { x }, NormedTargets { first: x[0] * x[1], second: x[2] - x[3] })
    });
    Dataset::from_rows(rows).unwrap()
}

fn gradient<M: Evaluate<Scalar = f64>>(model: &M, data: &Dataset<M>, frozen: BlockSet) -> Box<M> {
    let mut tiles = mtl::flat::zeroed_slice::<Tile<M>>(data.len().div_ceil(32));
    let (mut statistics, mut gradient) = (mtl::flat::zeroed(), mtl::flat::zeroed_box::<M>());
    let pass = Pass { frozen, ..Pass::train(3) };
    value_and_gradient(
        pass::Work { model, pass, heads: HeadSet::ALL },
        data,
        &M::loss_weights(),
        pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
        &mut gradient,
    )
    .unwrap();
    gradient
}

/// Of every set of blocks: those that are trained get the gradient that they get when all are.
#[test]
fn blocks_that_are_trained_get_the_same_gradient() {
    let (model, data) = (random_model::<Tower<f64>>(1), tower(70));
    let all = gradient(&*model, &data, BlockSet::NONE);
    assert_eq!(Tower::<f64>::BLOCKS, ["low", "middle", "side", "first", "second"]);
    for bits in 0..1 << 5 {
        let frozen = BlockSet(bits);
        let some = gradient(&*model, &data, frozen);
        for tensor in Tower::<f64>::PARAMETERS.iter().filter(|tensor| tensor.trainable) {
            let range = tensor.offset..tensor.offset + tensor.len;
            let block = Tower::<f64>::BLOCKS.iter().position(|block| *block == tensor.block).unwrap();
            if !frozen.covers(BlockSet::only(block)) {
                assert_eq!(some.as_slice()[range.clone()], all.as_slice()[range], "{} with {bits:b}", tensor.path);
            } else if tensor.path.contains("dense") && tensor.block != "low" {
                assert!(some.as_slice()[range].iter().all(|&value| value == 0.0), "{} with {bits:b} is computed", tensor.path);
            }
        }
    }
}

#[test]
fn frozen_blocks_stay_as_they_are() {
    let data = tower(60);
    let start = random_model::<Tower<f64>>(1);
    let mut model = start.clone();
    let trainer = Trainer::new(AdamW::new(0.01)).epochs(2).quiet().freeze(TowerBlock::Low).freeze(TowerBlock::Second);
    trainer.clip(mtl::clip::Clip::GlobalNorm(0.1)).fit(&mut *model, &data).unwrap();
    assert_eq!(model.low, start.low);
    assert_eq!(model.second, start.second);
    assert!(model.middle != start.middle && model.side != start.side && model.first != start.first);
    assert_eq!(BlockName::<Tower<f64>>::name(TowerBlock::Middle), "middle");
}

/// As Keras has it: a frozen batch normalisation is that of prediction.
#[test]
fn frozen_batch_normalisations_go_by_their_moving_statistics() {
    let data = normed(60);
    let start = random_model::<Normed<f64>>(1);
    let mut model = start.clone();
    Trainer::new(Sgd::new(0.1)).epochs(2).batch_size(16).quiet().freeze(NormedBlock::Low).fit(&mut *model, &data).unwrap();
    assert_eq!(model.low, start.low);
    assert!(model.high != start.high);

    // All but the head `second` frozen, its loss is that of predicting.
    let mut model = start.clone();
    let trainer = Trainer::new(Sgd::new(0.0)).epochs(1).batch_size(60).quiet().freeze(NormedBlock::Low).freeze(NormedBlock::High);
    let history = { trainer }.fit(&mut *model, &data).unwrap();
    let report = evaluate(&*model, &data).unwrap();
    assert!((history.epochs[0].heads[0].loss - report.first.loss).abs() < 1e-12);
    assert!((history.epochs[0].heads[1].loss - report.second.loss).abs() < 1e-12);
}

#[test]
fn a_block_takes_steps_of_its_own_length() {
    let data = tower(60);
    let start = random_model::<Tower<f64>>(1);
    let step = |factor: f64| {
        let mut model = start.clone();
        let trainer = Trainer::new(Sgd::new(0.1)).batch_size(60).quiet().learning_rate_of(TowerBlock::Middle, factor);
        { trainer }.fit(&mut *model, &data).unwrap();
        model
    };
    let (whole, half) = (step(1.0), step(0.5));
    for tensor in Tower::<f64>::PARAMETERS {
        for index in tensor.offset..tensor.offset + tensor.len {
            let (before, whole, half) = (start.as_slice()[index], whole.as_slice()[index], half.as_slice()[index]);
            let expected = if tensor.block == "middle" { f64::midpoint(before, whole) } else { whole };
            assert!((half - expected).abs() < 1e-14, "{}", tensor.path);
        }
    }
    let mut trainer = Trainer::new(Sgd::new(0.1)).quiet().learning_rate_of(TowerBlock::Middle, -1.0);
    assert!(matches!(trainer.fit(&mut *start.clone(), &data), Err(TrainError::InvalidRateFactor { block: "middle", .. })));
}
