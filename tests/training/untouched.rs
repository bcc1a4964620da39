//! What serves no head that is trained stays as it is, to the bit: with every optimizer, penalties, normalisations, noise, strategies and threads.

#[path = "../support/strategies.rs"]
mod strategies;

use std::cell::RefCell;
use std::ops::ControlFlow;
use strategies::{Strategies, direction, weighting};

use mtl::balance::{Famo, GradNorm, Mgda, PcGrad, Uncertainty};
use mtl::clip::Clip;
use mtl::meta::{InnerLoop, Maml, Reptile};
use mtl::model::ParameterInfo;
use mtl::optimizer::{Every, Optimizer};
use mtl::prelude::*;
use mtl::trainer::{Epoch, TrainError};
use mtl::{Flat, Model};

multitask! {
    /// All that moves parameters without a gradient, for both heads.
    struct Apart {
        input x: [3];
        shared body = x -> Dense(6, tanh, l2 = 0.01) -> BatchNorm -> Dropout(0.2);
        let left = body -> Dense(5, tanh, l1 = 0.01);
        let right = body -> Dense(5, tanh, l1 = 0.02);
        head a = left -> BatchNorm -> Dense(1, l2 = 0.1) { loss: mse, labels: partial }
        head b = right -> BatchNorm -> Dropout(0.3) -> GaussianNoise(0.1) -> Dense(4, tanh) -> LayerNorm -> Dense(1, l2 = 0.1)
            { loss: mse, labels: partial, metrics: [mae] }
        tie (left, right) { l2: 0.05 }
    }
}

multitask! {
    /// A layer that both heads apply to values of their own.
    struct Reused {
        input x: [3];
        layer norm = BatchNorm;
        let left = x -> Dense(4, tanh);
        let right = x -> Dense(4, tanh);
        head a = left -> norm -> Dense(1) { loss: mse }
        head b = right -> norm -> Dense(1) { loss: mse }
    }
}

multitask! {
    /// Without a batch normalisation, for several threads.
    struct Wide {
        input x: [3];
        shared body = x -> Dense(16, tanh);
        head a = body -> Dense(8, relu) -> Dense(1) { loss: mse, labels: partial }
        head b = body -> Dense(8, relu, l2 = 0.1) -> Dense(1) { loss: mse, labels: partial }
    }
}

/// Any optimizer as one type.
#[derive(Clone, Copy, Debug)]
enum Any {
    Sgd(Sgd),
    Adam(Adam),
    AdamW(AdamW),
    AdaGrad(AdaGrad),
    RmsProp(RmsProp),
    Lion(Lion),
}

impl Any {
    fn all() -> impl Iterator<Item = Self> {
        Every::ALL.iter().flat_map(|optimizer| match optimizer {
            Every::Sgd => {
                let momentum = Sgd::new(0.02).momentum(0.9);
                vec![Self::Sgd(Sgd::new(0.05)), Self::Sgd(momentum), Self::Sgd(momentum.nesterov(true))]
            }
            Every::Adam => vec![Self::Adam(Adam::new(0.02))],
            Every::AdamW => vec![Self::AdamW(AdamW::new(0.02).weight_decay(0.1))],
            Every::AdaGrad => vec![Self::AdaGrad(AdaGrad::new(0.05))],
            Every::RmsProp => vec![Self::RmsProp(RmsProp::new(0.01)), Self::RmsProp(RmsProp::new(0.01).momentum(0.9).centered(true))],
            Every::Lion => vec![Self::Lion(Lion::new(0.005).weight_decay(0.5))],
        })
    }
}

impl Optimizer<f64> for Any {
    const SLOTS: usize = 3;

    fn slots(&self) -> usize {
        match self {
            Self::Sgd(sgd) => Optimizer::<f64>::slots(sgd),
            Self::Adam(adam) => Optimizer::<f64>::slots(adam),
            Self::AdamW(adam) => Optimizer::<f64>::slots(adam),
            Self::AdaGrad(grad) => Optimizer::<f64>::slots(grad),
            Self::RmsProp(prop) => Optimizer::<f64>::slots(prop),
            Self::Lion(lion) => Optimizer::<f64>::slots(lion),
        }
    }

    fn learning_rate(&self) -> f64 {
        match self {
            Self::Sgd(sgd) => Optimizer::<f64>::learning_rate(sgd),
            Self::Adam(adam) => Optimizer::<f64>::learning_rate(adam),
            Self::AdamW(adam) => Optimizer::<f64>::learning_rate(adam),
            Self::AdaGrad(grad) => Optimizer::<f64>::learning_rate(grad),
            Self::RmsProp(prop) => Optimizer::<f64>::learning_rate(prop),
            Self::Lion(lion) => Optimizer::<f64>::learning_rate(lion),
        }
    }

    fn update(&self, rate: f64, step: u64, parameters: &mut [f64], gradients: &[f64], slots: [&mut [f64]; 3]) {
        match self {
            Self::Sgd(sgd) => sgd.update(rate, step, parameters, gradients, slots),
            Self::Adam(adam) => adam.update(rate, step, parameters, gradients, slots),
            Self::AdamW(adam) => adam.update(rate, step, parameters, gradients, slots),
            Self::AdaGrad(grad) => grad.update(rate, step, parameters, gradients, slots),
            Self::RmsProp(prop) => prop.update(rate, step, parameters, gradients, slots),
            Self::Lion(lion) => lion.update(rate, step, parameters, gradients, slots),
        }
    }
}

/// Some labels of `a` are missing in any case.
fn apart(rows: u8, of_b: impl Fn(u8) -> bool) -> Dataset<Apart<f64>> {
    Dataset::from_rows((0..rows).map(|row| {
        let x = [0.7, 1.9, 2.3].map(|factor| (f64::from(row) * factor).sin() + 0.3);
        (ApartInputs { x }, ApartTargets { a: (row % 5 != 0).then(|| x[0] * x[1]), b: of_b(row).then(|| x[2] - x[0]) })
    }))
    .unwrap()
}

fn start() -> Box<Apart<f64>> {
    Apart::boxed(&mut mtl::seeded(3))
}

/// Every tensor that `alone` says is as it was; of the others every one that is trained, and all moving statistics, have moved.
#[track_caller]
fn check<M: Model<Scalar = f64>>(what: &str, before: &M, after: &M, alone: impl Fn(&ParameterInfo) -> bool) {
    for tensor in M::PARAMETERS {
        let range = tensor.offset..tensor.offset + tensor.len;
        let bits = |model: &M| model.as_slice()[range.clone()].iter().map(|value| value.to_bits()).collect::<Vec<_>>();
        if alone(tensor) {
            assert!(bits(before) == bits(after), "{what}: {} was touched", tensor.path);
        } else {
            assert!(bits(before) != bits(after), "{what}: {} was not trained", tensor.path);
        }
    }
}

const B: usize = 1;

fn serves_b_alone(tensor: &ParameterInfo) -> bool {
    tensor.heads.contains(B) && tensor.heads.len() == 1
}

fn trainer<'a>(optimizer: Any) -> Trainer<'a, Apart<f64>, Any> {
    Trainer::new(optimizer).epochs(3).batch_size(16).clip(Clip::GlobalNorm(10.0)).quiet()
}

#[test]
fn a_head_that_is_left_out_stays_as_it_is() {
    let data = apart(60, |_| true);
    for optimizer in Any::all() {
        let mut model = start();
        trainer(optimizer).heads(["a"]).fit(&mut *model, &data).unwrap();
        check(&format!("{optimizer:?}"), &*start(), &*model, serves_b_alone);
    }
}

#[test]
fn a_head_without_a_label_in_the_data_stays_as_it_is() {
    // Its labels may be where no training looks: in the validation data.
    let (data, validation) = (apart(60, |_| false), apart(60, |_| true));
    for optimizer in Any::all() {
        let mut model = start();
        let history = trainer(optimizer).validation(&validation).fit(&mut *model, &data).unwrap();
        check(&format!("{optimizer:?}"), &*start(), &*model, serves_b_alone);
        // The combined loss is that of what is trained.
        let report = history.last().unwrap().validation.as_ref().unwrap();
        assert!((report.loss() - (report.a.loss + model.penalty(None))).abs() < 1e-12);
    }
}

#[test]
fn a_head_that_joins_later_stays_as_it_is_until_then() {
    let data = apart(60, |row| row % 3 == 0);
    for optimizer in Any::all() {
        let (mut model, seen) = (start(), RefCell::new(Vec::new()));
        let see = |epoch: &Epoch<Apart<f64>>, model: &Apart<f64>| {
            seen.borrow_mut().push((epoch.number, *model));
            ControlFlow::Continue(())
        };
        trainer(optimizer).epochs(4).head_from("b", 3).on_epoch_end(see).fit(&mut *model, &data).unwrap();
        for (epoch, model) in seen.borrow().iter() {
            check(&format!("{optimizer:?}, epoch {epoch}"), &*start(), model, |tensor| *epoch < 3 && serves_b_alone(tensor));
        }
    }
}

#[test]
fn a_frozen_block_stays_as_it_is() {
    let data = apart(60, |row| row % 3 == 0);
    for optimizer in Any::all() {
        let mut model = start();
        trainer(optimizer).freeze(ApartBlock::Body).freeze(ApartBlock::B).fit(&mut *model, &data).unwrap();
        check(&format!("{optimizer:?}"), &*start(), &*model, |tensor| ["body", "b"].contains(&tensor.block));
        // And what is left out is no less so where something is frozen.
        let mut model = start();
        trainer(optimizer).freeze(ApartBlock::Left).heads(["a"]).fit(&mut *model, &data).unwrap();
        check(&format!("{optimizer:?}"), &*start(), &*model, |tensor| tensor.block == "left" || serves_b_alone(tensor));
    }
}

#[test]
fn strategies_leave_alone_what_is_not_trained() {
    let (all, unlabelled) = (apart(60, |_| true), apart(60, |_| false));
    type Strategy = fn() -> Strategies<f64>;
    let strategies: [Strategy; 5] = [
        || weighting(Uncertainty::new()),
        || weighting(Famo::new()),
        || weighting(GradNorm::new()),
        || direction(PcGrad::new(1)),
        || direction(Mgda),
    ];
    for (number, strategy) in strategies.iter().enumerate() {
        let optimizer = Any::AdamW(AdamW::new(0.02).weight_decay(0.1));
        let (mut left_out, mut without) = (start(), start());
        strategy().give(trainer(optimizer)).heads(["a"]).fit(&mut *left_out, &all).unwrap();
        strategy().give(trainer(optimizer)).fit(&mut *without, &unlabelled).unwrap();
        check(&format!("strategy {number}"), &*start(), &*left_out, serves_b_alone);
        check(&format!("strategy {number}"), &*start(), &*without, serves_b_alone);
    }
}

#[test]
fn several_threads_leave_alone_what_is_not_trained() {
    let data = Dataset::<Wide<f64>>::from_rows((0..400_u16).map(|row| {
        let x = [0.7, 1.9, 2.3].map(|factor| (f64::from(row) * factor).sin());
        (WideInputs { x }, WideTargets { a: Some(x[0]), b: Some(x[1]) })
    }))
    .unwrap();
    let start = Wide::<f64>::boxed(&mut mtl::seeded(1));
    let fit = |threads| {
        let mut model = start.clone();
        let trainer = Trainer::new(Any::Lion(Lion::new(0.005).weight_decay(0.5))).epochs(3).batch_size(400).threads(threads).quiet();
        { trainer }.heads(["a"]).fit(&mut *model, &data).unwrap();
        model
    };
    let (one, three) = (fit(1), fit(3));
    check("three threads", &*start, &*three, serves_b_alone);
    assert_eq!(one.as_slice(), three.as_slice());
}

/// The moving statistics of a layer that both heads apply move by the uses that are trained.
#[test]
fn a_reused_batch_normalisation_sees_only_what_is_trained() {
    let data = Dataset::<Reused<f64>>::from_rows((0..40_u8).map(|row| {
        let x = [0.7, 1.9, 2.3].map(|factor| (f64::from(row) * factor).sin());
        (ReusedInputs { x }, ReusedTargets { a: x[0], b: x[1] })
    }))
    .unwrap();
    let start = Reused::<f64>::boxed(&mut mtl::seeded(1));
    let fit = |factor: f64, heads: &[&str]| {
        let mut model = start.clone();
        model.right.dense1.kernel *= factor;
        Trainer::new(Adam::new(0.01)).epochs(2).batch_size(8).quiet().heads(heads.iter().copied()).fit(&mut *model, &data).unwrap();
        model
    };
    let (one, other) = (fit(1.0, &["a"]), fit(5.0, &["a"]));
    assert!(one.norm.batch_norm1.moving_mean != start.norm.batch_norm1.moving_mean);
    assert_eq!((one.norm, one.left, one.a), (other.norm, other.left, other.a));
    assert!(fit(1.0, &["a", "b"]).norm != fit(5.0, &["a", "b"]).norm);
}

/// Adam's first step is one of the learning rate, whenever a head joins: it counts the steps that a parameter had.
#[test]
fn an_optimizer_counts_the_steps_of_a_head_from_where_it_joins() {
    let data = apart(32, |_| true);
    for joins in [1, 40] {
        let (mut model, bias) = (start(), RefCell::new(Vec::new()));
        struct Bias<'a>(&'a RefCell<Vec<f64>>);
        impl mtl::trainer::Callback<Apart<f64>> for Bias<'_> {
            fn on_step_end(&mut self, _: &mtl::trainer::Step<'_, Apart<f64>>, model: &Apart<f64>) -> ControlFlow<()> {
                self.0.borrow_mut().push(model.b.dense2.bias[0]);
                ControlFlow::Continue(())
            }
        }
        trainer(Any::Adam(Adam::new(0.01)))
            .epochs(joins)
            .batch_size(32)
            .head_from("a", 1)
            .head_from("b", joins)
            .callback(Bias(&bias))
            .fit(&mut *model, &data)
            .unwrap();
        let bias = bias.borrow();
        let step = (bias[joins - 1] - start().b.dense2.bias[0]).abs();
        assert!((step - 0.01).abs() < 1e-5, "{step} in the first step after epoch {joins}");
    }
}

#[test]
fn only_heads_that_never_begin_are_an_error() {
    let (data, unlabelled) = (apart(20, |_| true), apart(20, |_| false));
    let fit = |trainer: Trainer<'_, Apart<f64>, Any>, data: &Dataset<Apart<f64>>| { trainer }.fit(&mut *start(), data).map(|_| ());
    let sgd = || trainer(Any::Sgd(Sgd::new(0.05)));
    assert!(matches!(fit(sgd().heads(["b"]), &unlabelled), Err(TrainError::NoLabels)));
    assert!(matches!(fit(sgd().head_from("a", 2), &unlabelled), Err(TrainError::NoLabels)));
    assert!(matches!(fit(sgd().head_from("a", 2).heads(["a"]), &data), Err(TrainError::NoHeads)));
    assert!(fit(sgd().head_from("a", 2).head_from("b", 1), &data).is_ok());
    assert!(fit(sgd().head_from("b", 99), &data).is_ok());
}

/// A task of meta-learning whose rows have no label of a head leaves what serves it alone.
#[test]
fn meta_learning_leaves_alone_what_a_task_does_not_label() {
    let rows = |a: bool, b: bool| {
        (0..8_u8)
            .map(|row| {
                let x = [0.7, 1.9, 2.3].map(|factor| (f64::from(row) * factor).sin());
                (ApartInputs { x }, ApartTargets { a: a.then(|| x[0]), b: b.then(|| x[1]) })
            })
            .collect::<Vec<_>>()
    };
    for optimizer in Any::all() {
        let mut model = start();
        let mut inner = InnerLoop::new(optimizer, 3, 8);
        Reptile::new(2).train(&mut *model, &mut inner, |_| rows(true, false)).unwrap();
        check(&format!("Reptile with {optimizer:?}"), &*start(), &*model, serves_b_alone);

        let mut model = start();
        Maml::new(optimizer, 2).train(&mut *model, &mut inner, |_| (rows(true, true), rows(true, false))).unwrap();
        let statistics = |tensor: &ParameterInfo| !tensor.trainable;
        check(&format!("MAML with {optimizer:?}"), &*start(), &*model, |tensor| serves_b_alone(tensor) || statistics(tensor));
        let nothing = Reptile::new(2).train(&mut *model, &mut inner, |_| rows(false, false));
        assert!(matches!(nothing, Err(mtl::meta::MetaError::NoLabels)));
    }
}
