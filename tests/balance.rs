//! Balancing through real models: what a training step does with each strategy.

#[path = "support/strategies.rs"]
mod strategies;
mod support;

use mtl::balance::{CaGrad, DbMtl, Direction, Famo, FixedWeights, GradNorm, Gradients, PcGrad, SharedParameters, Sum, Uncertainty};
use mtl::data::Dataset;
use mtl::layer::Pass;
use mtl::model::HeadSet;
use mtl::prelude::*;
use mtl::rand::RngExt;
use mtl::trainer::{PerHead, TrainError};
use mtl::{Evaluate, Flat, Model};
use strategies::{Make, Strategies, both, directions, weighting, weightings};
use support::{random_model, rng};

multitask! {
    /// Two heads of different scale on a shared body, one of them with missing labels.
    struct Pair {
        input x: [3];
        shared body = x -> Dense(12, tanh, l2 = 0.001) -> Dense(8, tanh);
        head level = body -> Dense(4, tanh) -> Dense(1) { loss: mse, weight: 0.7 }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
    }
}

multitask! {
    /// Statistics of the whole batch, before and after the heads part.
    struct Normed {
        input x: [3];
        shared body = x -> Dense(10) -> BatchNorm -> tanh;
        head level = body -> Dense(4) -> BatchNorm -> tanh -> Dense(1) { loss: mse, labels: partial }
        head other = body -> Dense(1) { loss: huber, labels: partial, weight: 2 }
        head third = x -> Dense(1) { loss: mse }
    }
}

multitask! {
    /// A layer that is applied twice, once for one head alone.
    struct Twice {
        input x: [3];
        layer encode = Dense(6, tanh);
        shared body = x -> Dense(6, tanh);
        let more = body -> encode -> encode;
        head level = more -> Dense(1) { loss: mse }
        head other = body -> encode -> Dense(1) { loss: mse }
    }
}

/// Rows of a learnable kind; some without a label for `kind`.
fn pairs(count: usize, seed: u64) -> Dataset<Pair<f64>> {
    let mut rng = rng(seed);
    let rows = (0..count).map(|number| {
        let x: [f64; 3] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let level = 3.0 * x[0] - 2.0 * x[1] * x[2];
        let kind = (!number.is_multiple_of(5)).then_some(if x[0] + x[1] > 0.3 { 2 } else { usize::from(x[2] > 0.0) });
        (PairInputs { x }, PairTargets { level, kind })
    });
    Dataset::from_rows(rows).unwrap()
}

/// Rows in blocks of 16 of which every second one lacks `other` altogether.
fn normed(count: usize) -> Dataset<Normed<f64>> {
    let mut rng = rng(5);
    let rows = (0..count).map(|number| {
        let x: [f64; 3] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let other = (number / 16).is_multiple_of(2).then(|| x[0] - x[2]);
        (NormedInputs { x }, NormedTargets { level: (number % 3 > 0).then(|| x[0] * x[1]), other, third: x[2] })
    });
    Dataset::from_rows(rows).unwrap()
}

/// The parameters after some training, with a strategy or as declared.
fn trained<M: Evaluate<Scalar = f64>>(dataset: &Dataset<M>, epochs: usize, batch: usize, strategy: Option<Strategies<f64>>) -> Box<M> {
    let mut model: Box<M> = random_model(3);
    let mut trainer = Trainer::new(Sgd::new(0.1)).epochs(epochs).batch_size(batch).seed(1).quiet();
    if let Some(strategy) = strategy {
        trainer = strategy.give(trainer);
    }
    trainer.fit(&mut *model, dataset).unwrap();
    model
}

fn close<M: Model<Scalar = f64>>(left: &M, right: &M, tolerance: f64, what: &str) {
    for tensor in M::PARAMETERS {
        for index in tensor.offset..tensor.offset + tensor.len {
            let (left, right) = (left.as_slice()[index], right.as_slice()[index]);
            assert!((left - right).abs() <= tolerance * left.abs().max(right.abs()).max(1.0), "{what}: {}: {left} and {right}", tensor.path);
        }
    }
}

#[test]
fn declared_weights_are_the_plain_step_bit_for_bit() {
    let (pair, norm) = (pairs(150, 1), normed(100));
    let plain = trained(&pair, 2, 40, None);
    assert_eq!(trained(&pair, 2, 40, Some(weighting(FixedWeights::declared::<Pair>()))).as_slice(), plain.as_slice());
    let plain = trained(&norm, 2, 40, None);
    assert_eq!(trained(&norm, 2, 40, Some(weighting(FixedWeights::declared::<Normed>()))).as_slice(), plain.as_slice());
}

/// What asks for the losses first, and weights as declared.
#[derive(Debug)]
struct LossesFirst(FixedWeights);

impl mtl::balance::LossWeighting for LossesFirst {
    fn needs(&self) -> mtl::balance::Needs {
        mtl::balance::Needs { losses: true, losses_after: true, ..Default::default() }
    }
    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), mtl::balance::BalanceError> {
        assert!((0..losses.len()).all(|head| !present.contains(head) || losses[head] > 0.0));
        self.0.weights(losses, present, weights)
    }
    fn update(&mut self, step: &mtl::balance::StepReport<'_>) -> Result<(), mtl::balance::BalanceError> {
        let after = step.losses_after.unwrap();
        let sum = |losses: &[f64]| losses.iter().zip([0.7, 1.0]).map(|(loss, weight)| loss * weight).sum::<f64>();
        if step.present == HeadSet(0b11) {
            assert!(sum(after) < sum(step.losses), "{after:?} after {:?}", step.losses);
        }
        Ok(())
    }
}

#[test]
fn asking_for_the_losses_changes_nothing_else() {
    let pair = pairs(150, 1);
    let plain = trained(&pair, 2, 70, None);
    assert_eq!(trained(&pair, 2, 70, Some(weighting(LossesFirst(FixedWeights::declared::<Pair>())))).as_slice(), plain.as_slice());
}

#[test]
fn the_sum_of_the_heads_gradients_is_the_plain_step() {
    let (pair, norm) = (pairs(150, 1), normed(100));
    let sum = || both(FixedWeights::declared::<Pair>(), Sum);
    close(&*trained(&pair, 3, 40, Some(sum())), &*trained(&pair, 3, 40, None), 1e-13, "tiles");
    let sum = || both(FixedWeights::declared::<Normed>(), Sum);
    close(&*trained(&norm, 3, 40, Some(sum())), &*trained(&norm, 3, 40, None), 1e-13, "stages");
}

/// The gradient of each head alone, with weight 1, by a pass of its own.
fn gradients_of_heads<M: Model<Scalar = f64>>(model: &M, rows: &Dataset<M>) -> Vec<Box<M>> {
    (0..M::HEADS.len())
        .map(|head| {
            let mut tiles = mtl::flat::zeroed_slice::<mtl::pass::Tile<M>>(rows.len().div_ceil(32));
            let (mut statistics, mut gradient) = (mtl::flat::zeroed(), mtl::flat::zeroed_box::<M>());
            let pass = Pass { training: true, ..Pass::PREDICT };
            let mut ones = M::loss_weights();
            ones.as_mut_slice().fill(1.0);
            let set = [HeadSet::only(head)];
            mtl::pass::backward_heads(
                mtl::pass::Work { model, pass, heads: HeadSet::ALL },
                rows,
                &set,
                &ones,
                mtl::pass::Memory { tiles: &mut tiles, statistics: &mut statistics },
                std::slice::from_mut(&mut *gradient),
            )
            .unwrap();
            gradient
        })
        .collect()
}

/// One step of gradient descent with a direction is that direction of separately computed gradients on what is shared,
/// and each head's own gradient on what is its own.
fn check_direction<M: Evaluate<Scalar = f64>>(dataset: &Dataset<M>, make: Make<f64>, name: &str) {
    let start: Box<M> = random_model(3);
    let mut model = start.clone();
    make(1).give(Trainer::new(Sgd::new(1.0)).batch_size(dataset.len()).shuffle(false).quiet()).fit(&mut *model, dataset).unwrap();
    let gradients = gradients_of_heads(&*start, dataset);
    let rows: Vec<&[f64]> = gradients.iter().map(|gradient| gradient.as_slice()).collect();
    let losses: Vec<f64> = {
        let mut tiles = mtl::flat::zeroed_slice::<mtl::pass::Tile<M>>(dataset.len().div_ceil(32));
        let pass = Pass { training: true, ..Pass::PREDICT };
        mtl::pass::value(
            mtl::pass::Work { model: &*start, pass, heads: HeadSet::ALL },
            dataset,
            mtl::pass::Memory { tiles: &mut tiles, statistics: &mut mtl::flat::zeroed() },
        )
        .unwrap()
        .as_slice()
        .to_vec()
    };
    let present = HeadSet((0..M::HEADS.len()).filter(|&head| mtl::pass::Batch::<M>::labels(dataset, head) > 0).fold(0, |set, head| set | 1 << head));
    let ones = vec![1.0; rows.len()];
    let gathered = Gradients::new(&rows, &ones, &losses, present, SharedParameters::Of(M::PARAMETERS)).unwrap();
    let mut expected = vec![0.0; M::LEN];
    make(1).direction.unwrap().combine(&gathered, &mut expected).unwrap();
    let mut penalties = mtl::flat::zeroed_box::<M>();
    start.penalty(Some(&mut penalties));
    for tensor in M::PARAMETERS.iter().filter(|tensor| tensor.trainable) {
        for index in tensor.offset..tensor.offset + tensor.len {
            let own = tensor.heads.0.trailing_zeros() as usize;
            let gradient = if tensor.is_shared() {
                expected[index]
            } else if present.contains(own) {
                rows[own][index]
            } else {
                0.0
            };
            let (found, wanted) = (start.as_slice()[index] - model.as_slice()[index], gradient + penalties.as_slice()[index]);
            assert!((found - wanted).abs() <= 1e-12 * (1.0 + wanted.abs()), "{name}: {}: {found} instead of {wanted}", tensor.path);
        }
    }
}

/// Each loss weighting by itself, and three with a direction.
fn all_weightings() -> impl Iterator<Item = (&'static str, Make<f64>)> {
    let with_a_direction: [(&str, Make<f64>); 3] = [
        ("uncertainty, pc_grad", |seed| both(Uncertainty::new(), PcGrad::new(seed))),
        ("famo, ca_grad", |_| both(Famo::new(), CaGrad::default())),
        ("grad_norm, db_mtl", |_| both(GradNorm::new(), DbMtl::new())),
    ];
    weightings::<Pair<f64>>().chain(with_a_direction)
}

#[test]
fn every_direction_is_that_of_separate_gradients() {
    let (pair, norm) = (pairs(70, 1), normed(70));
    for (name, make) in directions() {
        check_direction(&pair, make, name);
        check_direction(&norm, make, name);
    }
}

#[test]
fn every_direction_is_that_of_separate_gradients_of_a_layer_that_is_applied_twice() {
    let mut rng = rng(6);
    let rows = (0..70).map(|_| {
        let x: [f64; 3] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        (TwiceInputs { x }, TwiceTargets { level: x[0] * x[1], other: x[2] })
    });
    let twice = Dataset::<Twice<f64>>::from_rows(rows).unwrap();
    for (name, make) in directions() {
        check_direction(&twice, make, name);
    }
}

#[test]
fn an_absent_head_takes_no_part_and_moves_nothing() {
    // Rows 16 to 31 have no label of `other`.
    let norm = normed(64).subset(&(16..32).collect::<Vec<_>>()).unwrap();
    for (name, make) in directions() {
        check_direction(&norm, make, name);
    }
    for (name, make) in all_weightings() {
        let (start, model) = (random_model::<Normed<f64>>(3), trained(&norm, 2, 8, Some(make(1))));
        assert_eq!(start.other, model.other, "{name}");
        assert!(start.level != model.level && start.third != model.third, "{name}");
    }
}

#[test]
fn every_strategy_learns() {
    let (train, test) = (pairs(300, 1), pairs(200, 2));
    for (name, make) in directions().chain(all_weightings()) {
        let mut model: Box<Pair<f64>> = random_model(3);
        let before = evaluate(&*model, &test).unwrap();
        let mut strategy = make(1);
        let mut trainer = strategy.lend(Trainer::new(Adam::new(0.01)).epochs(25).batch_size(32).quiet());
        let history = trainer.fit(&mut *model, &train).unwrap();
        let after = evaluate(&*model, &test).unwrap();
        assert!(history.losses().all(f64::is_finite), "{name}");
        assert!(after.level.loss < 0.5 * before.level.loss && after.kind.loss < 0.8 * before.kind.loss, "{name}: {before}\n{after}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let data = pairs(100, 1);
    for (_, make) in directions().chain(all_weightings()) {
        assert_eq!(trained(&data, 2, 24, Some(make(1))).as_slice(), trained(&data, 2, 24, Some(make(1))).as_slice());
    }
}

#[test]
fn a_strategy_that_was_lent_can_be_looked_at() {
    let data = pairs(100, 1);
    let mut strategy = Uncertainty::new();
    let mut model: Box<Pair<f64>> = random_model(3);
    Trainer::new(Adam::new(0.01)).epochs(3).quiet().weighting(&mut strategy).fit(&mut *model, &data).unwrap();
    assert!(strategy.log_variances()[..2].iter().all(|&value| value != 0.0), "{:?}", &strategy.log_variances()[..2]);
}

#[test]
fn one_head_alone_leaves_the_others_as_they_were() {
    let data = pairs(100, 1);
    let start: Box<Pair<f64>> = random_model(3);
    let mut model = start.clone();
    let history = Trainer::new(Sgd::new(0.1)).epochs(2).quiet().heads([PairHead::Level]).fit(&mut *model, &data).unwrap();
    assert_eq!(start.kind, model.kind);
    assert!(start.body != model.body && start.level != model.level);
    assert!(history.epochs[0].heads[1].loss.is_nan() && history.epochs[0].heads[1].labels == 0);
}

#[test]
fn heads_join_when_they_are_told_to() {
    let data = pairs(100, 1);
    let start: Box<Pair<f64>> = random_model(3);
    for epochs in [2, 3] {
        let mut model = start.clone();
        Trainer::new(Sgd::new(0.1)).epochs(epochs).quiet().head_from(PairHead::Kind, 3).fit(&mut *model, &data).unwrap();
        assert_eq!(start.kind == model.kind, epochs == 2);
    }
}

/// Data sets of their own for two heads, 90 rows and 30, with 20 and 7 rows of each in every batch.
#[test]
fn data_sets_of_different_sizes_are_trained_together() {
    let mut rng = rng(8);
    let rows = (0..120).map(|row| {
        let x: [f64; 3] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let (level, other) = if row < 90 { (Some(x[0]), None) } else { (None, Some(x[1] - x[2])) };
        (NormedInputs { x }, NormedTargets { level, other, third: 0.0 })
    });
    let data = Dataset::<Normed<f64>>::from_rows(rows).unwrap();
    let mut model: Box<Normed<f64>> = random_model(3);
    let before = evaluate(&*model, &data).unwrap();
    let sampler = PerHead::new().rows(NormedHead::Level, 20).rows(NormedHead::Other, 7);
    let history = Trainer::new(Adam::new(0.01)).epochs(40).quiet().sampler(sampler).fit(&mut *model, &data).unwrap();
    for epoch in &history.epochs {
        // Five batches for one pass over the longer data; the shorter ones start again.
        assert_eq!([epoch.heads[0].labels, epoch.heads[1].labels], [5 * 20, 5 * 7]);
    }
    let after = evaluate(&*model, &data).unwrap();
    assert!(after.level.loss < 0.2 * before.level.loss && after.other.loss < 0.2 * before.other.loss, "{before}\n{after}");
}

/// A typed name is the head's text and number, for the trainer, a data set, an epoch and a set of heads.
#[test]
fn heads_have_typed_names() {
    let data = pairs(20, 1);
    assert_eq!(
        [PairHead::Level, PairHead::Kind].map(|head| (Pair::<f64>::HEADS[head as usize].name == head.as_ref(), head as usize)),
        [(true, 0), (true, 1)]
    );
    assert_eq!(data.labels(PairHead::Kind).unwrap(), data.labels("kind").unwrap());
    assert_eq!(
        data.stratified(PairHead::Kind).unwrap().split(0.5, 1).unwrap().0.len(),
        data.stratified("kind").unwrap().split(0.5, 1).unwrap().0.len()
    );
    let history = Trainer::new(Sgd::new(0.1)).quiet().fit(&mut *random_model::<Pair<f64>>(3), &data).unwrap();
    assert_eq!(history.epochs[0].head_loss(PairHead::Kind), history.epochs[0].head_loss("kind"));
    assert_eq!(HeadSet::only(PairHead::Kind as usize), HeadSet(0b10));
}

#[test]
fn heads_that_are_not_there_are_refused() {
    let data = pairs(10, 1);
    let mut model: Box<Pair<f64>> = random_model(3);
    let mut fit = |trainer: Trainer<'_, Pair<f64>, Sgd>| trainer.quiet().fit(&mut *model, &data).unwrap_err();
    assert!(matches!(fit(Trainer::new(Sgd::new(0.1)).heads(["lvl"])), TrainError::UnknownHead { head, .. } if head == "lvl"));
    assert!(matches!(fit(Trainer::new(Sgd::new(0.1)).head_from("lvl", 2)), TrainError::UnknownHead { .. }));
    assert!(matches!(fit(Trainer::new(Sgd::new(0.1)).heads([""; 0])), TrainError::NoHeads));
}
