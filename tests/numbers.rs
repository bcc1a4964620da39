//! Numbers that cannot be: refused where they enter, and noticed where they come about.

#[path = "support/strategies.rs"]
mod strategies;

use mtl::balance::{
    AlignedMtl, BalanceError, CaGrad, ConFig, DbMtl, DualProjection, DynamicWeightAverage, EveryDirection, EveryWeighting, ExcessMtl, FairGrad, Famo,
    FixedWeights, GeometricMean, GradDrop, GradNorm, GradVac, ImtlG, ImtlL, Mgda, NashMtl, PcGrad, RandomWeights, SmoothTchebycheff, Sum,
    Uncertainty, UpGrad,
};
use mtl::clip::Clip;
use mtl::data::DataError;
use mtl::optimizer::{Every, Optimizer};
use mtl::prelude::*;
use mtl::stepper::{StepError, Stepper};
use mtl::trainer::TrainError;
use mtl::{Flat, Model, flat};
use std::ops::ControlFlow;
use strategies::{Strategies, both, direction, weighting};

multitask! {
    struct Counts {
        input x: [1];
        shared body = x -> Dense(8, tanh);
        head count = body -> Dense(1, exponential) { loss: poisson }
        head level = body -> Dense(1) { loss: mse }
    }
}

fn counts(mean: f32) -> Dataset<Counts> {
    let row = |row: u8| {
        let u = (f32::from(row) * 0.37).sin();
        (CountsInputs { x: [u] }, CountsTargets { count: (mean * (1.0 + 0.4 * u)).round(), level: u })
    };
    Dataset::from_rows((0..200).map(row)).unwrap()
}

fn fresh<M: Model>(seed: u64) -> Box<M> {
    let mut model: Box<M> = flat::zeroed_box();
    model.initialize(&mut mtl::seeded(seed));
    model
}

/// By its name, with whether it takes losses below 0.
type Strategy = (&'static str, bool, fn() -> Strategies<f32>);

/// Every strategy.
fn strategies() -> impl Iterator<Item = Strategy> {
    let weightings = EveryWeighting::ALL.iter().map(|name| -> Strategy {
        match name {
            EveryWeighting::FixedWeights => ("FixedWeights", true, || weighting(FixedWeights::equal())),
            EveryWeighting::Uncertainty => ("Uncertainty", false, || weighting(Uncertainty::new())),
            EveryWeighting::DynamicWeightAverage => ("DynamicWeightAverage", true, || weighting(DynamicWeightAverage::new())),
            EveryWeighting::GeometricMean => ("GeometricMean", false, || weighting(GeometricMean)),
            EveryWeighting::RandomWeights => ("RandomWeights", true, || weighting(RandomWeights::new(1))),
            EveryWeighting::ImtlL => ("ImtlL", false, || weighting(ImtlL::new())),
            EveryWeighting::Famo => ("Famo", false, || weighting(Famo::new())),
            EveryWeighting::SmoothTchebycheff => ("SmoothTchebycheff", true, || weighting(SmoothTchebycheff::new())),
            EveryWeighting::GradNorm => ("GradNorm", true, || weighting(GradNorm::new())),
        }
    });
    let directions = EveryDirection::ALL.iter().map(|name| -> Strategy {
        match name {
            EveryDirection::Sum => ("Sum", true, || direction(Sum)),
            EveryDirection::PcGrad => ("PcGrad", true, || direction(PcGrad::new(1))),
            EveryDirection::GradVac => ("GradVac", true, || direction(GradVac::new(1))),
            EveryDirection::Mgda => ("Mgda", true, || direction(Mgda)),
            EveryDirection::CaGrad => ("CaGrad", true, || direction(CaGrad::default())),
            EveryDirection::ImtlG => ("ImtlG", true, || direction(ImtlG)),
            EveryDirection::NashMtl => ("NashMtl", true, || direction(NashMtl::default())),
            EveryDirection::FairGrad => ("FairGrad", true, || direction(FairGrad::default())),
            EveryDirection::AlignedMtl => ("AlignedMtl", true, || direction(AlignedMtl::default())),
            EveryDirection::UpGrad => ("UpGrad", true, || direction(UpGrad::default())),
            EveryDirection::DualProjection => ("DualProjection", true, || direction(DualProjection::default())),
            EveryDirection::ConFig => ("ConFig", true, || direction(ConFig)),
            EveryDirection::GradDrop => ("GradDrop", true, || direction(GradDrop::new(1))),
            EveryDirection::DbMtl => ("DbMtl", false, || direction(DbMtl::new())),
            EveryDirection::ExcessMtl => ("ExcessMtl", true, || direction(ExcessMtl::new())),
        }
    });
    let combinations: [Strategy; 2] = [
        ("Uncertainty and PcGrad", false, || both(Uncertainty::new(), PcGrad::new(1))),
        ("FixedWeights and CaGrad", true, || both(FixedWeights::equal(), CaGrad::default())),
    ];
    weightings.chain(directions).chain(combinations)
}

/// The Poisson loss of counts near 50 lies at about −150.
#[test]
fn losses_below_zero_are_balanced_or_refused() {
    let data = counts(50.0);
    for (name, takes, make) in strategies() {
        let mut model: Box<Counts> = fresh(1);
        // The last step of each epoch in a callback's memory: what an error must leave.
        let last = std::cell::RefCell::new(model.clone());
        let mut trainer = make().give(Trainer::new(Adam::new(1e-2)).epochs(30).batch_size(50).quiet().callback(Keep(&last)));
        let result = trainer.fit(&mut *model, &data);
        drop(trainer);
        match result {
            Ok(_) if takes => assert!(evaluate(&*model, &data).unwrap().loss() < -20.0, "{name}: {}", evaluate(&*model, &data).unwrap().loss()),
            Err(TrainError::Balance { error: BalanceError::LossTooSmall { task: 0, loss, least: 0.0 }, head: Some("count"), .. }) if !takes => {
                assert!(loss < 0.0 && loss > -50.0, "{name}: not at the first loss below 0 but at {loss}");
                assert_eq!(model.as_slice(), last.borrow().as_slice(), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    let error = Trainer::new(Adam::new(1e-2)).epochs(30).quiet().weighting(Uncertainty::new()).fit(&mut *fresh::<Counts>(1), &data).unwrap_err();
    let text = error.to_string();
    for part in ["because of the head `count`", "`FixedWeights`", "`GradNorm`", "`Famo`", "all directions but `DbMtl`"] {
        assert!(text.contains(part), "{text}");
    }
}

struct Keep<'a>(&'a std::cell::RefCell<Box<Counts>>);

impl Callback<Counts> for Keep<'_> {
    fn on_step_end(&mut self, _: &mtl::trainer::Step<'_, Counts>, model: &Counts) -> ControlFlow<()> {
        **self.0.borrow_mut() = *model;
        ControlFlow::Continue(())
    }
}

multitask! {
    struct Pair {
        input x: [2];
        shared body = x -> Dense(4, tanh);
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(1) { loss: mse, labels: partial }
    }
}

/// Inputs of one size; the targets follow another column of the rows, and a constant.
fn pairs(size: f32) -> Dataset<Pair> {
    let row = |row: u8| {
        let u = (f32::from(row) * 0.7).sin();
        (PairInputs { x: [u * size, size] }, PairTargets { a: 0.5 + u, b: Some(-0.5 * u) })
    };
    Dataset::from_rows((0..32).map(row)).unwrap()
}

#[test]
fn tiny_and_zero_gradients_train_like_the_sum() {
    for size in [0.0, 1e-44, 1e-42, 1e-38, 1e-30, 1e-20] {
        let data = pairs(size);
        let start = fresh::<Pair>(2);
        for (name, _, make) in strategies() {
            let mut model = start.clone();
            let result = make().give(Trainer::new(Adam::new(1e-2)).epochs(40).batch_size(8).quiet()).fit(&mut *model, &data);
            result.unwrap_or_else(|error| panic!("{name} of inputs of {size:e}: {error}"));
            // The biases of the heads learn the means.
            let (before, after) = (evaluate(&*start, &data).unwrap().loss(), evaluate(&*model, &data).unwrap().loss());
            assert!(after < 0.9 * before, "{name} of inputs of {size:e}: from {before} to {after}");
        }
    }
}

/// The task that is solved: its losses and gradients are 0 from the first step on, and no weight becomes infinite.
#[test]
fn a_head_without_a_loss_stops_nobody() {
    let row = |row: u8| {
        let u = (f32::from(row) * 0.7).sin();
        (PairInputs { x: [u, 1.0] }, PairTargets { a: 0.5 + u, b: Some(0.0) })
    };
    let data = Dataset::<Pair>::from_rows((0..32).map(row)).unwrap();
    let mut start = fresh::<Pair>(2);
    start.b.dense1.kernel.fill(0.0);
    start.b.dense1.bias.fill(0.0);
    for (name, _, make) in strategies().filter(|(name, ..)| *name != "Mgda") {
        let mut model = start.clone();
        let result = make().give(Trainer::new(Adam::new(1e-2)).epochs(300).batch_size(8).quiet()).fit(&mut *model, &data);
        result.unwrap_or_else(|error| panic!("{name}: {error}"));
        let (before, after) = (evaluate(&*start, &data).unwrap().loss(), evaluate(&*model, &data).unwrap().loss());
        assert!(after < 0.5 * before, "{name}: from {before} to {after}");
    }
}

#[test]
fn every_hyperparameter_of_every_optimizer_is_looked_at() {
    fn refused(optimizer: &dyn Check, setting: &str) {
        let [single, double] = [optimizer.single(), optimizer.double()];
        assert_eq!(double.unwrap_err().setting, setting);
        assert_eq!(single.unwrap_err().setting, setting);
    }
    fn accepted(optimizer: &dyn Check) {
        assert!(optimizer.single().is_ok() && optimizer.double().is_ok());
    }
    let wrong = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.1];
    for optimizer in Every::ALL {
        match optimizer {
            Every::Sgd => {
                for wrong in wrong {
                    refused(&Sgd::new(wrong), "Sgd::learning_rate");
                    refused(&Sgd::new(0.1).momentum(wrong), "Sgd::momentum");
                }
                refused(&Sgd::new(0.1).momentum(1.0), "Sgd::momentum");
                accepted(&Sgd::default());
            }
            Every::Adam => {
                for wrong in wrong {
                    refused(&Adam::new(wrong), "Adam::learning_rate");
                    refused(&Adam::new(0.1).beta_1(wrong), "Adam::beta_1");
                    refused(&Adam::new(0.1).beta_2(wrong), "Adam::beta_2");
                    refused(&Adam::new(0.1).epsilon(wrong), "Adam::epsilon");
                }
                refused(&Adam::new(0.1).beta_1(1.0), "Adam::beta_1");
                refused(&Adam::new(0.1).beta_2(1.0), "Adam::beta_2");
                refused(&Adam::new(0.1).epsilon(0.0), "Adam::epsilon");
                refused(&Adam::new(0.1).epsilon(1e-30), "Adam::epsilon");
                accepted(&Adam::default());
            }
            Every::AdamW => {
                for wrong in wrong {
                    refused(&AdamW::new(wrong), "AdamW::learning_rate");
                    refused(&AdamW::new(0.1).beta_1(wrong), "AdamW::beta_1");
                    refused(&AdamW::new(0.1).beta_2(wrong), "AdamW::beta_2");
                    refused(&AdamW::new(0.1).epsilon(wrong), "AdamW::epsilon");
                    refused(&AdamW::new(0.1).weight_decay(wrong), "AdamW::weight_decay");
                }
                refused(&AdamW::new(1.0).weight_decay(1.5), "AdamW::weight_decay");
                accepted(&AdamW::default());
            }
            Every::Lion => {
                for wrong in wrong {
                    refused(&Lion::new(wrong), "Lion::learning_rate");
                    refused(&Lion::new(0.1).beta_1(wrong), "Lion::beta_1");
                    refused(&Lion::new(0.1).beta_2(wrong), "Lion::beta_2");
                    refused(&Lion::new(0.1).weight_decay(wrong), "Lion::weight_decay");
                }
                refused(&Lion::new(0.1).beta_2(1.0), "Lion::beta_2");
                accepted(&Lion::default());
            }
            Every::RmsProp => {
                for wrong in wrong {
                    refused(&RmsProp::new(wrong), "RmsProp::learning_rate");
                    refused(&RmsProp::new(0.1).rho(wrong), "RmsProp::rho");
                    refused(&RmsProp::new(0.1).momentum(wrong), "RmsProp::momentum");
                    refused(&RmsProp::new(0.1).epsilon(wrong), "RmsProp::epsilon");
                }
                refused(&RmsProp::new(0.1).rho(1.0), "RmsProp::rho");
                refused(&RmsProp::new(0.1).epsilon(0.0), "RmsProp::epsilon");
                accepted(&RmsProp::default());
            }
            Every::AdaGrad => {
                for wrong in wrong {
                    refused(&AdaGrad::new(wrong), "AdaGrad::learning_rate");
                    refused(&AdaGrad::new(0.1).initial_accumulator(wrong), "AdaGrad::initial_accumulator");
                    refused(&AdaGrad::new(0.1).epsilon(wrong), "AdaGrad::epsilon");
                }
                refused(&AdaGrad::new(0.1).initial_accumulator(0.0).epsilon(0.0), "AdaGrad::epsilon");
                accepted(&AdaGrad::default());
            }
        }
    }
    // Finite in f64, and not in f32; below 1 in f64, and not in f32.
    for (optimizer, setting) in [
        (&Sgd::new(1e60) as &dyn Check, "Sgd::learning_rate"),
        (&Sgd::new(0.1).momentum(0.999_999_999_999), "Sgd::momentum"),
        (&Adam::new(0.1).beta_1(0.999_999_999_999), "Adam::beta_1"),
        (&Adam::new(0.1).epsilon(1e60), "Adam::epsilon"),
        (&AdaGrad::new(0.1).initial_accumulator(1e60), "AdaGrad::initial_accumulator"),
    ] {
        assert!(optimizer.double().is_ok(), "{setting}");
        assert_eq!(optimizer.single().unwrap_err().setting, setting);
    }
    assert!(Sgd::new(0.0).single().is_ok() && AdaGrad::new(0.1).epsilon(0.0).single().is_ok());
}

trait Check {
    fn single(&self) -> Result<(), mtl::InvalidSetting>;
    fn double(&self) -> Result<(), mtl::InvalidSetting>;
}

impl<O: Optimizer<f32> + Optimizer<f64>> Check for O {
    fn single(&self) -> Result<(), mtl::InvalidSetting> {
        Optimizer::<f32>::check(self)
    }
    fn double(&self) -> Result<(), mtl::InvalidSetting> {
        Optimizer::<f64>::check(self)
    }
}

/// With what the trainer, the stepper and meta-learning say of it.
#[test]
fn settings_are_refused_before_anything_changes() {
    let data = pairs(1.0);
    let start = fresh::<Pair>(3);
    let refused = |trainer: Trainer<'_, Pair, Adam>, text: &str| {
        let mut trainer = trainer.quiet();
        let mut model = start.clone();
        assert_eq!(trainer.fit(&mut *model, &data).unwrap_err().to_string(), text);
        assert_eq!(model, start);
    };
    let below_one = "but it must be at least 0 and below 1, in the model's scalar too";
    refused(Trainer::new(Adam::new(1e-3).beta_1(1.0)), &format!("`Adam::beta_1` is 1, {below_one}"));
    refused(Trainer::new(Adam::new(1e-3).epsilon(0.0)), "`Adam::epsilon` is 0, but it must be at least 1e-18, and finite in the model's scalar");
    for clip in
        [Clip::GlobalNorm(-1.0), Clip::GlobalNorm(f64::NAN), Clip::Norm(f64::INFINITY), Clip::Value(0.0), Clip::Value(1e-60), Clip::Norm(1e60)]
    {
        let error = Trainer::new(Adam::new(1e-3)).clip(clip).fit(&mut *start.clone(), &data).unwrap_err();
        assert!(matches!(error, TrainError::Setting(error) if error.setting.starts_with("Clip::")), "{clip:?}");
    }
    let rows: Vec<_> = (0..4_u8).map(|row| (PairInputs { x: [f32::from(row), 1.0] }, PairTargets { a: 1.0, b: None })).collect();
    let mut stepper: Box<Stepper<Pair, 4, 2>> = flat::zeroed_box();
    let mut model = start.clone();
    let error = stepper.step(&mut *model, &Adam::new(1e-3).beta_2(1.0), &rows).unwrap_err();
    assert!(matches!(error, StepError::Setting(error) if error.setting == "Adam::beta_2"), "{error}");
    assert_eq!((model.as_slice(), stepper.steps()), (start.as_slice(), 0));
}

#[test]
fn a_step_to_infinity_is_taken_back() {
    let data = pairs(1.0);
    let mut start = fresh::<Pair>(3);
    start.a.dense1.bias.fill(50.0);
    let fit = |mut trainer: Trainer<'_, Pair, Sgd>| {
        let mut model = start.clone();
        let error = trainer.fit(&mut *model, &data).unwrap_err();
        assert_eq!(model, start, "{error}");
        error
    };
    let trainer = || Trainer::new(Sgd::new(1e38)).batch_size(32).quiet();
    for error in [
        fit(trainer()),
        fit(trainer().epochs(3).validation(&data)),
        fit(trainer().direction(Mgda)),
        fit(trainer().learning_rate_of(PairBlock::Body, 0.0)),
        fit(Trainer::new(Sgd::new(1e30)).batch_size(32).quiet().learning_rate_of(PairBlock::A, 1e38)),
    ] {
        assert!(
            matches!(
                error,
                TrainError::NonFiniteParameter {
                    parameter: "a.dense1.kernel" | "a.dense1.bias" | "body.dense1.kernel" | "body.dense1.bias",
                    epoch: 1,
                    step: 1
                }
            ),
            "{error}"
        );
    }
    // A strategy that looks at the losses after the step finds them infinite.
    let error = fit(trainer().weighting(Famo::new()));
    assert!(matches!(error, TrainError::NonFiniteLoss { epoch: 1, step: 1, .. }), "{error}");
    // Without an allocator.
    let rows: Vec<_> = (0..4_u8).map(|row| (PairInputs { x: [f32::from(row), 1.0] }, PairTargets { a: 1.0, b: None })).collect();
    let mut stepper: Box<Stepper<Pair, 4, 2>> = flat::zeroed_box();
    let mut model = start.clone();
    assert_eq!(stepper.step(&mut *model, &Sgd::new(1e38), &rows), Err(StepError::NonFiniteParameters));
    assert_eq!(model, start);
}

multitask! {
    #[independent]
    struct Steep {
        input x: [1];
        head y = x -> Dense(1) { loss: mae }
        head z = x -> Dense(2, linear) -> BatchNorm -> Dense(1) { loss: mae }
    }
}

/// Gradients of 1e25 have no square in f32: Adam would never move these parameters again. `clip` is the way out.
#[test]
fn an_optimizer_that_would_stand_still_is_an_error() {
    let data = Dataset::<Steep>::from_rows((1..9_u8).map(|row| {
        let x = f32::from(row) * 1e25;
        (SteepInputs { x: [x] }, SteepTargets { y: x, z: 1.0 })
    }))
    .unwrap();
    let mut start = fresh::<Steep>(3);
    start.z.dense1.kernel.fill(0.0);
    let mut model = start.clone();
    let trainer = || Trainer::new(Adam::new(1e-3)).heads(["y"]).quiet();
    let error = trainer().fit(&mut *model, &data).unwrap_err();
    assert!(matches!(error, TrainError::NonFiniteParameter { parameter: "y.dense1.kernel", step: 1, .. }), "{error}");
    assert_eq!(model, start);
    trainer().clip(Clip::GlobalNorm(1.0)).fit(&mut *model, &data).unwrap();
    assert!(model.y.dense1.kernel[0] != start.y.dense1.kernel[0]);
}

/// The variance of 1e25 is no number in f32: the loss is finite, and the moving variance would be infinite in every prediction.
#[test]
fn moving_statistics_are_looked_at_too() {
    let data = Dataset::<Steep>::from_rows((1..9_u8).map(|row| {
        let x = f32::from(row) * 1e25;
        (SteepInputs { x: [x] }, SteepTargets { y: 0.0, z: 1.0 })
    }))
    .unwrap();
    let start = fresh::<Steep>(3);
    let mut model = start.clone();
    let result = Trainer::new(Adam::new(1e-3)).heads(["z"]).clip(Clip::Value(1.0)).quiet().fit(&mut *model, &data);
    assert!(model.as_slice().iter().all(|value| value.is_finite()), "{result:?}");
    assert!(result.is_err() && model == start, "{result:?}");
}

#[test]
fn sample_weights_are_finite_in_the_scalar_of_the_model() {
    let mut data = pairs(1.0);
    let row = || (PairInputs { x: [0.0, 1.0] }, PairTargets { a: 1.0, b: None });
    for weight in [1e300, 1e39, f64::NAN, f64::INFINITY, -1.0, -1e-300] {
        let (inputs, targets) = row();
        let error = data.push_weighted(inputs, targets, weight).unwrap_err();
        assert!(matches!(error, DataError::InvalidWeight { row: 32, .. }), "{error}");
        let (inputs, targets) = row();
        assert!(Dataset::<Pair>::from_rows([(inputs, targets, weight)]).is_err());
    }
    assert_eq!(data.len(), 32);
    // Sums beyond the largest number are an error of the step.
    for _ in 0..4 {
        let (inputs, targets) = row();
        data.push_weighted(inputs, targets, 3e38).unwrap();
    }
    let mut model = fresh::<Pair>(3);
    let before = model.clone();
    let error = Trainer::new(Adam::new(1e-3)).batch_size(64).quiet().fit(&mut *model, &data).unwrap_err();
    assert!(error.to_string().contains("sample weights") || matches!(error, TrainError::NonFiniteGradient { .. }), "{error}");
    assert_eq!(model, before);
}
