//! Any number of threads gives the same bits.

use mtl::Flat;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::rand::{RngExt, SeedableRng};

multitask! {
    struct Pair {
        input x: [6];
        let order = x -> Reshape([3, 2]) -> Gru(5);
        shared body = (x, order) -> Concat -> Dense(24, tanh) -> Dropout(0.2) -> Dense(17, relu, l2 = 0.001);
        head level = body -> Dense(2) { loss: mse }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial }
    }
}

multitask! {
    struct Normed {
        input x: [6];
        shared body = x -> Dense(24, tanh) -> BatchNorm;
        head level = body -> Dense(2) { loss: mse }
        head other = body -> Dense(1) { loss: mse }
    }
}

fn data(rows: usize) -> Dataset<Pair> {
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
    Dataset::from_rows((0..rows).map(|row| {
        let x: [f32; 6] = core::array::from_fn(|_| rng.random_range(-1.0..1.0_f32));
        (PairInputs { x }, PairTargets { level: [x[0] * x[1], x[2]], kind: (row % 4 > 0).then_some(usize::from(x[3] > x[4])) })
    }))
    .unwrap()
}

/// The parameters after training, and the history as text.
fn trained(threads: usize, batch_size: usize, rows: usize) -> (Vec<u32>, String) {
    let mut model = Pair::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    let history = Trainer::new(Adam::default()).epochs(3).batch_size(batch_size).threads(threads).quiet().fit(&mut *model, &data(rows)).unwrap();
    let losses = history.epochs.iter().map(|epoch| format!("{:?} ", epoch.heads.iter().map(|head| head.loss.to_bits()).collect::<Vec<_>>()));
    (model.as_slice().iter().map(|parameter| parameter.to_bits()).collect(), losses.collect())
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    // Batches of four groups, with a last one of two; of one group; of groups larger than the least.
    for (batch_size, rows) in [(512, 700), (96, 700), (2500, 2500)] {
        let one = trained(1, batch_size, rows);
        for threads in [2, 3, 8] {
            assert_eq!(trained(threads, batch_size, rows), one, "{threads} threads, batches of {batch_size}");
        }
    }
}

#[test]
fn groups_give_the_gradient_of_the_batch() {
    // One step of plain descent from the same parameters, by groups and sample by sample in the order of a single pass.
    let data = data(384);
    let start = Pair::<f32>::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    let mut by_groups = start.clone();
    Trainer::new(Sgd::new(1.0)).batch_size(384).shuffle(false).threads(2).seed(5).quiet().fit(&mut *by_groups, &data).unwrap();
    let mut by_fixed_weights = start.clone();
    let weights = mtl::balance::FixedWeights::declared::<Pair>();
    Trainer::new(Sgd::new(1.0)).batch_size(384).shuffle(false).weighting(weights).seed(5).quiet().fit(&mut *by_fixed_weights, &data).unwrap();
    let mut moved = 0.0_f32;
    for ((&a, &b), &before) in by_groups.as_slice().iter().zip(by_fixed_weights.as_slice()).zip(start.as_slice()) {
        assert!((a - b).abs() < 1e-5, "{a} and {b}");
        moved = moved.max((a - before).abs());
    }
    assert!(moved > 0.01);
}

#[test]
fn batch_normalisation_is_left_to_one_thread() {
    let rows = (0..300).map(|row| {
        let x: [f32; 6] = core::array::from_fn(|column| ((row * 7 + column * 3) % 11) as f32 * 0.1);
        (NormedInputs { x }, NormedTargets { level: [x[0], x[1]], other: x[2] })
    });
    let data = Dataset::from_rows(rows).unwrap();
    let fit = |threads| {
        let mut model = Normed::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
        Trainer::new(Adam::default()).epochs(2).batch_size(300).threads(threads).quiet().fit(&mut *model, &data).unwrap();
        model
    };
    assert_eq!(fit(1).as_slice(), fit(3).as_slice());
}

#[test]
fn an_error_leaves_the_parameters_from_before_the_step() {
    let mut model = Pair::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(1));
    model.head_level_is_broken();
    let before = model.as_slice().iter().map(|parameter| parameter.to_bits()).collect::<Vec<_>>();
    assert!(Trainer::new(Adam::default()).batch_size(512).threads(2).quiet().fit(&mut *model, &data(512)).is_err());
    assert_eq!(model.as_slice().iter().map(|parameter| parameter.to_bits()).collect::<Vec<_>>(), before);
}

impl Pair {
    fn head_level_is_broken(&mut self) {
        self.level.dense1.bias[0] = f32::INFINITY;
    }
}
