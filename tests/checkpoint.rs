//! A training that is killed goes on from its checkpoint and ends at the bits that it would have ended at.

#[path = "support/strategies.rs"]
mod strategies;

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::Command;
use strategies::{Make, Strategies, both, direction, directions, weighting, weightings};

use mtl::balance::{
    BalanceError, CaGrad, DbMtl, FairGrad, Famo, FixedWeights, GradDrop, GradNorm, GradVac, LossWeighting, Mgda, PcGrad, RandomWeights, State,
    StateUnknown, Sum, Uncertainty, VisitState,
};
use mtl::clip::Clip;
use mtl::model::HeadSet;
use mtl::optimizer::{Every, Optimizer};
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::schedule::{Cosine, ReduceOnPlateau};
use mtl::trainer::{Balanced, Curriculum, EvenTasks, Pacing, PerHead, Reason, Setting, Step, TrainError, Weighted};
use mtl::weights::checkpoint::{CheckpointReader, CheckpointWriter};

multitask! {
    /// All that has a state: adapted and moving statistics, dropout, noise.
    struct Model {
        input x: [4];
        shared body = x -> Normalize -> Dense(12, relu) -> BatchNorm -> Dropout(0.3) -> GaussianNoise(0.1) -> Dense(8, tanh);
        head level = body -> Dense(1) { loss: mse, metrics: [mae] }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
    }
}

const EPOCHS: usize = 8;

fn dataset() -> Dataset<Model> {
    let mut dataset = Dataset::new();
    for row in 0..100_u8 {
        let x = [1.3, 2.9, 0.7, 4.1].map(|factor: f32| (f32::from(row) * factor).sin() + factor);
        let kind = (row % 4 != 0).then_some(usize::from(x[0] > 1.3) + usize::from(x[1] > 2.9));
        dataset.push(ModelInputs { x }, ModelTargets { level: x[2] * x[3], kind }).unwrap();
    }
    dataset
}

fn model() -> Box<Model> {
    Model::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(2))
}

fn trainer<'a>() -> Trainer<'a, Model, Adam> {
    tuned(Adam::new(0.02))
}

/// With a schedule, early stopping and best weights, which have states of their own.
fn tuned<'a, O: Optimizer<f32>>(optimizer: O) -> Trainer<'a, Model, O> {
    Trainer::new(optimizer)
        .epochs(EPOCHS)
        .batch_size(16)
        .seed(5)
        .validation_fraction(0.2)
        .schedule(ReduceOnPlateau::new().patience(1).by(0.5).min_delta(0.3))
        .early_stopping(EarlyStopping::new(|report: &ModelReport| report.level.mae).patience(4))
        .best_weights(BestWeights::default())
        .quiet()
}

/// The parameters at the end of a training that is interrupted after some epoch, for each epoch, and of one that is not.
fn check_resumed<'a, O: Optimizer<f32>>(name: &str, trainer: impl Fn() -> Trainer<'a, Model, O>) {
    let data = dataset();
    let mut uninterrupted = model();
    trainer().fit(&mut uninterrupted, &data).unwrap();
    for epoch in 1..EPOCHS {
        let path = file(&format!("{name}{epoch}.checkpoint"));
        // A stop that the user asks for is not an end.
        let stop = |at: &mtl::trainer::Epoch<Model>, _: &Model| {
            if at.number == epoch { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        trainer().checkpoint(&path).on_epoch_end(stop).fit(&mut model(), &data).unwrap();
        let mut resumed = model();
        trainer().resume(&path).fit(&mut resumed, &data).unwrap();
        assert_eq!(bits(&resumed), bits(&uninterrupted), "{name} after epoch {epoch}");
    }
}

fn bits(model: &Model) -> Vec<u32> {
    mtl::Flat::as_slice(model).iter().map(|value: &f32| value.to_bits()).collect()
}

fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_file(&path);
    path
}

/// Kills the process in a step.
struct Kill {
    step: u64,
}

impl mtl::trainer::Callback<Model> for Kill {
    fn on_step_end(&mut self, step: &Step<'_, Model>, _: &Model) -> ControlFlow<()> {
        if step.number == self.step {
            std::process::abort();
        }
        ControlFlow::Continue(())
    }
}

/// Ctrl-C as the system sends it.
fn press_ctrl_c() {
    signal_hook::low_level::raise(signal_hook::consts::SIGINT).unwrap();
}

/// Ctrl-C ends training after a step, and it goes on from there to the same bits: with rows in a random order, from samplers, and balanced.
#[test]
fn a_training_that_is_stopped_within_an_epoch_goes_on_to_the_same_bits() {
    let data = dataset();
    type Make<'a> = &'a dyn Fn() -> Trainer<'a, Model, Adam>;
    let makes: [(&str, Make<'_>); 4] = [
        ("plain", &trainer),
        ("sampler", &|| trainer().sampler(Balanced::over_sampling("kind"))),
        ("joining", &|| trainer().head_from(ModelHead::Kind, 3)),
        ("balanced", &|| trainer().direction(PcGrad::new(3))),
    ];
    for (name, make) in makes {
        let mut uninterrupted = model();
        let whole = make().fit(&mut uninterrupted, &data).unwrap();
        let path = file(&format!("ctrl_c_{name}.checkpoint"));
        for at in [2, 5, 13, 17] {
            let press = move |step: &Step<'_, Model>, _: &Model| {
                if step.number == at {
                    press_ctrl_c();
                }
                ControlFlow::Continue(())
            };
            let mut stopped = model();
            let history = make().checkpoint(&path).stop_on_ctrl_c().on_step_end(press).fit(&mut stopped, &data).unwrap();
            let ending = history.ending.unwrap();
            assert_eq!((ending.reason, ending.step), (Reason::CtrlC, at), "{name}");
            // Best weights are kept, where an epoch is over.
            assert_eq!(ending.restored.is_some(), !history.epochs.is_empty(), "{name}");
            if at % 5 != 0 && name == "plain" {
                assert_eq!(ending.to_string().split(',').next(), Some(&*format!("stopped by Ctrl-C after step {at} in epoch {}", at / 5 + 1)));
            }
            let mut resumed = model();
            let rest = make().resume(&path).fit(&mut resumed, &data).unwrap();
            assert_eq!(bits(&resumed), bits(&uninterrupted), "{name}, step {at}");
            assert_eq!(rest.losses().collect::<Vec<_>>(), whole.losses().skip(history.epochs.len()).collect::<Vec<_>>(), "{name}, step {at}");
        }
    }
}

/// The child process of the test below; by itself it does nothing.
#[test]
fn impatient_child() {
    if std::env::var("MTL_TEST_IMPATIENT").is_err() {
        return;
    }
    let press_twice = |step: &Step<'_, Model>, _: &Model| {
        if step.number == 3 {
            press_ctrl_c();
            press_ctrl_c();
            // Not reached.
            std::process::exit(0);
        }
        ControlFlow::Continue(())
    };
    trainer().stop_on_ctrl_c().on_step_end(press_twice).fit(&mut model(), &dataset()).unwrap();
}

#[test]
fn a_second_ctrl_c_ends_the_program_at_once() {
    let child = || Command::new(std::env::current_exe().unwrap());
    let status = child().args(["--exact", "impatient_child"]).env("MTL_TEST_IMPATIENT", "1").output().unwrap().status;
    assert!(!status.success(), "{status}");
    #[cfg(unix)]
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(signal_hook::consts::SIGINT), "as the system ends it");
}

/// The child process of the test below; by itself it does nothing.
#[test]
fn child() {
    let (Ok(path), Ok(step)) = (std::env::var("MTL_TEST_CHECKPOINT"), std::env::var("MTL_TEST_STEP")) else { return };
    let mut trainer = trainer().checkpoint(&path).callback(Kill { step: step.parse().unwrap() });
    if Path::new(&path).exists() {
        trainer = trainer.resume(&path);
    }
    trainer.fit(&mut model(), &dataset()).unwrap();
}

#[test]
fn a_killed_run_ends_at_the_same_bits() {
    let data = dataset();
    let mut uninterrupted = model();
    let history = trainer().fit(&mut uninterrupted, &data).unwrap();

    let path = file("killed.checkpoint");
    // Five steps an epoch: in the first epoch, at the end of one, in the middle, twice in one epoch.
    for step in [3, 10, 18, 19, 33] {
        let status = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child"])
            .env("MTL_TEST_CHECKPOINT", &path)
            .env("MTL_TEST_STEP", step.to_string())
            .output()
            .unwrap()
            .status;
        assert!(!status.success(), "the run was killed in step {step}");
        assert_eq!(path.exists(), step > 5, "the first epoch ends after step 5");
    }
    // From other parameters, which play no part.
    let mut resumed = Model::boxed(&mut Xoshiro256PlusPlus::seed_from_u64(77));
    let rest = trainer().checkpoint(&path).resume(&path).fit(&mut resumed, &data).unwrap();
    assert_eq!(rest.epochs.first().map(|epoch| epoch.number), Some(7), "no more than the epoch under way is lost");
    assert_eq!(bits(&resumed), bits(&uninterrupted));
    assert_eq!(rest.restored, history.restored);
    let losses: Vec<f64> = history.losses().skip(6).collect();
    assert_eq!(rest.losses().collect::<Vec<_>>(), losses);

    // Once more: all is done, and nothing is trained.
    let mut again = model();
    let none = trainer().resume(&path).fit(&mut again, &data).unwrap();
    assert_eq!((none.epochs.len(), bits(&again)), (0, bits(&uninterrupted)));
}

#[test]
fn every_optimizer_and_every_epoch_can_be_resumed() {
    for optimizer in Every::ALL {
        match optimizer {
            Every::Sgd => {
                check_resumed("sgd", || tuned(Sgd::new(0.05)));
                check_resumed("momentum", || tuned(Sgd::new(0.02).momentum(0.9)));
            }
            Every::Adam => check_resumed("adam", || tuned(Adam::new(0.02))),
            Every::AdamW => check_resumed("adamw", || tuned(AdamW::new(0.02).weight_decay(0.1))),
            Every::AdaGrad => check_resumed("adagrad", || tuned(AdaGrad::new(0.05))),
            Every::RmsProp => {
                check_resumed("rms_prop", || tuned(RmsProp::new(0.01)));
                check_resumed("rms_prop_of_three_slots", || tuned(RmsProp::new(0.01).momentum(0.9).centered(true)));
            }
            Every::Lion => check_resumed("lion", || tuned(Lion::new(0.003))),
        }
    }
}

/// By its name.
type Strategy = (&'static str, Make<f32>);

/// Every strategy, and combinations.
fn strategies() -> impl Iterator<Item = Strategy> {
    let combinations: [Strategy; 4] = [
        ("uncertainty_and_pc_grad", |seed| both(Uncertainty::new(), PcGrad::new(seed))),
        ("random_weights_and_grad_drop", |seed| both(RandomWeights::new(seed), GradDrop::new(seed + 1))),
        ("famo_and_grad_vac", |seed| both(Famo::new(), GradVac::new(seed))),
        ("grad_norm_and_db_mtl", |_| both(GradNorm::new(), DbMtl::new())),
    ];
    weightings::<Model>().chain(directions()).chain(combinations)
}

#[test]
fn every_strategy_can_be_resumed() {
    for (name, strategy) in strategies() {
        check_resumed(name, || strategy(3).give(trainer()));
    }
}

#[test]
fn samplers_curricula_frozen_blocks_and_joining_heads_can_be_resumed() {
    check_resumed("over_sampling", || trainer().sampler(Balanced::over_sampling("kind")));
    check_resumed("weighted", || trainer().sampler(Weighted::new((0..100).map(f64::from))));
    check_resumed("even_tasks", || trainer().sampler(EvenTasks::new()));
    check_resumed("per_head", || trainer().sampler(PerHead::new().rows("level", 10).rows("kind", 6)));
    let curriculum = || Curriculum::new((0..100).map(f64::from)).pacing(Pacing::Root { start: 0.3, epochs: 5 });
    check_resumed("curriculum", || trainer().sampler(curriculum()));
    check_resumed("joining", || trainer().head_from("kind", 4).learning_rate_of(ModelBlock::Body, 0.5));
    check_resumed("frozen", || trainer().freeze(ModelBlock::Body).schedule(Cosine::default()).weighting(Famo::new()));
}

/// A strategy of one's own, which counts its steps, and says so if it is told to.
#[derive(Clone, Debug, Default)]
struct Fading {
    steps: u64,
    saved: bool,
}

impl LossWeighting for Fading {
    fn weights(&mut self, _: &[f64], _: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.steps += 1;
        weights.copy_from_slice(&[1.0, 1.0 / self.steps as f64]);
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("steps", State::Words(std::slice::from_mut(&mut self.steps)));
        if self.saved { Ok(()) } else { Err(StateUnknown) }
    }
}

#[test]
fn a_strategy_of_ones_own_says_what_it_keeps_or_is_refused() {
    check_resumed("fading", || trainer().weighting(Fading { saved: true, steps: 0 }));
    let mut model = model();
    let before = bits(&model);
    let refused = trainer().checkpoint(file("fading.checkpoint")).weighting(Fading::default()).fit(&mut model, &dataset());
    assert!(matches!(refused, Err(TrainError::StrategyNotSaved(StateUnknown))), "{refused:?}");
    assert!(bits(&model) == before && !file("fading.checkpoint").exists());
    trainer().weighting(Fading::default()).fit(&mut model, &dataset()).unwrap();
}

#[test]
fn early_stopping_stays_an_end() {
    let data = dataset();
    let path = file("stopped.checkpoint");
    let trainer = || {
        let stopping = EarlyStopping::new(|_: &ModelReport| 1.0).patience(2).restore_best(true);
        Trainer::new(Adam::new(0.01)).epochs(20).validation_fraction(0.2).early_stopping(stopping).quiet()
    };
    let mut stopped = model();
    let history = trainer().checkpoint(&path).fit(&mut stopped, &data).unwrap();
    assert_eq!((history.epochs.len(), history.restored), (3, Some(1)));
    let mut resumed = model();
    let rest = trainer().resume(&path).fit(&mut resumed, &data).unwrap();
    assert_eq!((rest.epochs.len(), rest.restored), (0, Some(1)));
    assert_eq!(bits(&resumed), bits(&stopped));
}

/// What goes on from the file differs in these settings alone, and the model stays as it was.
#[track_caller]
fn refused<O: Optimizer<f32>>(trainer: Trainer<'_, Model, O>, path: &Path, data: &Dataset<Model>, expected: &[Setting]) -> String {
    let mut model = model();
    let before = bits(&model);
    let error = trainer.resume(path).fit(&mut model, data).unwrap_err();
    let TrainError::OtherRun { differences, .. } = &error else { panic!("{error} is not about settings") };
    assert_eq!(differences.iter().map(|difference| difference.setting).collect::<Vec<_>>(), expected, "{error}");
    assert!(bits(&model) == before, "the model was changed");
    error.to_string()
}

#[test]
fn another_training_is_refused_with_all_in_which_it_differs() {
    let data = dataset();
    let path = file("refused.checkpoint");
    let trainer = || trainer().clip(Clip::Norm(1.0)).sampler(PerHead::new().rows("level", 10).rows("kind", 6)).head_from("kind", 2);
    trainer().checkpoint(&path).fit(&mut model(), &data).unwrap();
    trainer().resume(&path).fit(&mut model(), &data).unwrap();
    trainer().threads(2).report_every(0).resume(&path).fit(&mut model(), &data).unwrap();

    let with = |change: fn(Trainer<'static, Model, Adam>) -> Trainer<'static, Model, Adam>, expected: Setting| {
        refused(change(trainer()), &path, &data, &[expected]);
    };
    with(|trainer| trainer.epochs(9), Setting::Epochs);
    with(|trainer| trainer.batch_size(17), Setting::BatchSize);
    with(|trainer| trainer.seed(6), Setting::Seed);
    with(|trainer| trainer.shuffle(false), Setting::Shuffle);
    with(|trainer| trainer.validation_fraction(0.2001), Setting::Validation);
    with(|trainer| trainer.sampler(PerHead::new().rows("level", 10).rows("kind", 7)), Setting::Sampler);
    with(|trainer| trainer.sampler(EvenTasks::new()), Setting::Sampler);
    with(|trainer| trainer.clip(Clip::Norm(1.5)), Setting::Clip);
    with(|trainer| trainer.clip(Clip::GlobalNorm(1.0)), Setting::Clip);
    with(|trainer| trainer.schedule(Cosine::default()), Setting::Schedule);
    with(|trainer| trainer.schedule(ReduceOnPlateau::new().patience(1).by(0.5).min_delta(0.31)), Setting::Schedule);
    with(|trainer| trainer.direction(Mgda), Setting::Balance);
    with(|trainer| trainer.weighting(FixedWeights::declared::<Model>()), Setting::Balance);
    with(|trainer| trainer.heads(["level"]), Setting::Heads);
    with(|trainer| trainer.head_from("kind", 3), Setting::Heads);
    with(|trainer| trainer.freeze(ModelBlock::Level), Setting::Rates);
    with(|trainer| trainer.learning_rate_of(ModelBlock::Body, 0.5), Setting::Rates);
    with(|trainer| trainer.early_stopping(EarlyStopping::new(|report: &ModelReport| report.level.mae).patience(5)), Setting::EarlyStopping);
    with(
        |trainer| trainer.early_stopping(EarlyStopping::new(|report: &ModelReport| report.level.mae).patience(4).min_delta(0.1)),
        Setting::EarlyStopping,
    );
    with(
        |trainer| trainer.early_stopping(EarlyStopping::new(|report: &ModelReport| report.level.mae).patience(4).restore_best(true)),
        Setting::EarlyStopping,
    );
    with(|trainer| trainer.best_weights(BestWeights::default().maximize()), Setting::BestWeights);
    // A factor of 1 is none.
    trainer().learning_rate_of(ModelBlock::Body, 1.0).resume(&path).fit(&mut model(), &data).unwrap();

    // Data of the same shape, of which one number, one label or one weight is another.
    let inputs = |row: u8| ModelInputs { x: [f32::from(row), 1.0, 2.0, 3.0] };
    let rows = |change: u8, weight: f64| {
        let mut data = Dataset::<Model>::new();
        for row in 0..40_u8 {
            let level = if row == 7 && change == 1 { 1.5 } else { 1.0 };
            let kind = if row == 9 && change == 2 { None } else { Some(usize::from(row % 3)) };
            let input = if row == 11 && change == 3 { inputs(row + 1) } else { inputs(row) };
            data.push_weighted(input, ModelTargets { level, kind }, if row == 13 { weight } else { 1.0 }).unwrap();
        }
        data
    };
    let path = file("data.checkpoint");
    self::trainer().checkpoint(&path).fit(&mut model(), &rows(0, 1.0)).unwrap();
    self::trainer().resume(&path).fit(&mut model(), &rows(0, 1.0)).unwrap();
    for other in
        [rows(1, 1.0), rows(2, 1.0), rows(3, 1.0), rows(0, 0.5), rows(0, 1.0).subset(&(0..39).collect::<Vec<_>>()).unwrap(), rows(0, 1.0).shuffled(1)]
    {
        refused(self::trainer(), &path, &other, &[Setting::Data]);
    }
    let (validation, other) = (rows(0, 1.0), rows(1, 1.0));
    self::trainer().validation(&validation).checkpoint(&path).fit(&mut model(), &data).unwrap();
    refused(self::trainer().validation(&other), &path, &data, &[Setting::Validation]);
    refused(self::trainer(), &path, &data, &[Setting::Validation]);
}

#[test]
fn every_hyperparameter_of_every_optimizer_is_compared() {
    fn check<O: Optimizer<f32>>(optimizer: impl Fn() -> O, others: impl IntoIterator<Item = O>) {
        let (data, path) = (dataset(), file("optimizer.checkpoint"));
        tuned(optimizer()).epochs(1).checkpoint(&path).fit(&mut model(), &data).unwrap();
        tuned(optimizer()).epochs(1).resume(&path).fit(&mut model(), &data).unwrap();
        for (number, other) in others.into_iter().enumerate() {
            let expected = if number == 0 { Setting::LearningRate } else { Setting::Optimizer };
            refused(tuned(other).epochs(1), &path, &data, &[expected]);
        }
    }
    for optimizer in Every::ALL {
        match optimizer {
            Every::Adam => {
                let adam = || Adam::new(0.02);
                check(adam, [Adam::new(0.03), adam().beta_1(0.8), adam().beta_2(0.99), adam().epsilon(1e-6)]);
            }
            Every::AdamW => {
                let decayed = || AdamW::new(0.02);
                check(decayed, [AdamW::new(0.03), decayed().weight_decay(0.1), decayed().beta_1(0.8)]);
            }
            Every::Sgd => {
                let momentum = || Sgd::new(0.02).momentum(0.9);
                check(momentum, [Sgd::new(0.03).momentum(0.9), momentum().momentum(0.8), momentum().nesterov(true)]);
            }
            Every::Lion => check(|| Lion::new(0.02), [Lion::new(0.03), Lion::new(0.02).beta_1(0.8), Lion::new(0.02).weight_decay(0.1)]),
            Every::RmsProp => check(|| RmsProp::new(0.02), [RmsProp::new(0.03), RmsProp::new(0.02).rho(0.8), RmsProp::new(0.02).epsilon(1e-5)]),
            Every::AdaGrad => check(|| AdaGrad::new(0.02), [AdaGrad::new(0.03), AdaGrad::new(0.02).epsilon(1e-5)]),
        }
    }

    // Of another type, with as many numbers a parameter.
    let (data, path) = (dataset(), file("optimizer.checkpoint"));
    tuned(Adam::new(0.001)).checkpoint(&path).fit(&mut model(), &data).unwrap();
    let text = refused(tuned(AdamW::new(0.001)), &path, &data, &[Setting::Optimizer]);
    assert!(text.contains("`optimizer`: the checkpoint has Adam { learning_rate: _, beta_1: 0.9"), "{text}");
    let text = refused(
        tuned(RmsProp::new(0.01)).seed(1).clip(Clip::Value(1.0)),
        &path,
        &data,
        &[Setting::Optimizer, Setting::LearningRate, Setting::Clip, Setting::Seed],
    );
    for line in [
        "  `learning rate`: the checkpoint has 0.001, this run 0.01\n",
        "  `clip`: the checkpoint has none, this run Value(1.0)\n",
        "  `seed`: the checkpoint has 5, this run 1",
    ] {
        assert!(text.contains(line), "{text}");
    }
    let mut model = model();
    let error = tuned(RmsProp::new(0.001)).resume_with(&path, [Setting::Optimizer]).fit(&mut model, &data).unwrap_err();
    assert!(matches!(error, TrainError::OtherRun { .. }) && !error.to_string().contains("help"), "{error}");
}

#[test]
fn every_strategy_is_told_from_every_other_and_what_it_has_learned_is_no_setting() {
    let data = dataset();
    let path = file("balanced.checkpoint");
    let trainer = || Trainer::new(Adam::new(0.02)).epochs(1).batch_size(16).quiet();
    for (name, strategy) in strategies() {
        let mut lent = strategy(3);
        lent.lend(trainer().checkpoint(&path)).fit(&mut model(), &data).unwrap();
        // It has learned by now, which is overwritten.
        lent.lend(trainer().resume(&path)).fit(&mut model(), &data).unwrap();
        refused(trainer(), &path, &data, &[Setting::Balance]);
        for (other, strategy) in strategies() {
            if other != name {
                refused(strategy(3).give(trainer()), &path, &data, &[Setting::Balance]);
            }
        }
    }
    let hyperparameters: [(Strategies<f32>, Strategies<f32>); 6] = [
        (direction(CaGrad::default()), direction(CaGrad::new(0.3))),
        (weighting(Famo::new()), weighting(Famo::new().decay(0.1))),
        (weighting(GradNorm::new()), weighting(GradNorm::new().alpha(0.5))),
        (direction(GradVac::new(3)), direction(GradVac::new(3).beta(0.25))),
        (direction(FairGrad::default()), direction(FairGrad::new(2.0))),
        (both(Famo::new(), Sum), both(Famo::new().decay(0.1), Sum)),
    ];
    for (one, other) in hyperparameters {
        one.give(trainer().checkpoint(&path)).fit(&mut model(), &data).unwrap();
        refused(other.give(trainer()), &path, &data, &[Setting::Balance]);
    }
}

/// Parts of one's own, whose `Debug` is derived.
mod own {
    use super::*;

    #[derive(Debug)]
    pub(super) struct Halving {
        pub(super) rate: f64,
        pub(super) cut: f64,
    }

    impl Optimizer<f32> for Halving {
        const SLOTS: usize = 0;
        fn learning_rate(&self) -> f64 {
            self.rate
        }
        fn update(&self, learning_rate: f64, _: u64, parameters: &mut [f32], gradients: &[f32], _: [&mut [f32]; 3]) {
            for (parameter, gradient) in parameters.iter_mut().zip(gradients) {
                *parameter -= learning_rate as f32 * gradient.clamp(-self.cut as f32, self.cut as f32);
            }
        }
    }

    #[derive(Debug)]
    pub(super) struct Saw {
        pub(super) teeth: u64,
        pub(super) seen: u64,
    }

    impl mtl::schedule::Schedule for Saw {
        fn factor(&self, progress: mtl::schedule::Progress) -> f64 {
            1.0 / (1 + progress.step % self.teeth + self.seen) as f64
        }
        fn observe(&mut self, _: f64) {
            self.seen += 1;
        }
        fn restart(&mut self) {
            self.seen = 0;
        }
    }

    #[derive(Debug)]
    pub(super) struct EveryNth(pub(super) usize);

    impl mtl::trainer::Sampler<Model> for EveryNth {
        fn prepare(&mut self, _: &Dataset<Model>, rows: &[usize]) -> Result<usize, mtl::trainer::SampleError> {
            Ok(rows.len() / self.0)
        }
        fn epoch(&mut self, number: usize, _: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
            order.extend((0..40).map(|row| (row * self.0 + number) % 100));
        }
    }
}

#[test]
fn parts_of_ones_own_are_resumed_and_compared() {
    let trainer = |rate: f64, cut: f64, teeth: u64, nth: usize| {
        let stopping = EarlyStopping::new(|report: &ModelReport| report.level.mae).patience(4);
        Trainer::new(own::Halving { rate, cut })
            .epochs(EPOCHS)
            .batch_size(16)
            .validation_fraction(0.2)
            .early_stopping(stopping)
            .quiet()
            .schedule(own::Saw { teeth, seen: 0 })
            .sampler(own::EveryNth(nth))
            .weighting(Fading { saved: true, steps: 0 })
    };
    check_resumed("own", || trainer(0.01, 1.0, 3, 2));
    let (path, data) = (file("own.checkpoint"), dataset());
    trainer(0.01, 1.0, 3, 2).checkpoint(&path).fit(&mut model(), &data).unwrap();
    // The field is not called `learning_rate`, so the whole optimizer counts as changed.
    refused(trainer(0.02, 1.0, 3, 2), &path, &data, &[Setting::Optimizer, Setting::LearningRate]);
    refused(trainer(0.01, 1.5, 3, 2), &path, &data, &[Setting::Optimizer]);
    refused(trainer(0.01, 1.0, 4, 2), &path, &data, &[Setting::Schedule]);
    refused(trainer(0.01, 1.0, 3, 3), &path, &data, &[Setting::Sampler]);
    trainer(0.02, 1.0, 3, 2).resume_with(&path, [Setting::Optimizer, Setting::LearningRate]).fit(&mut model(), &data).unwrap();
}

#[test]
fn what_may_change_is_said_and_nothing_else_may() {
    let (path, data) = (file("changed.checkpoint"), dataset());
    let trainer = |rate: f64, epochs: usize| Trainer::new(Adam::new(rate)).epochs(epochs).batch_size(16).validation_fraction(0.2).quiet();
    trainer(0.02, 3).checkpoint(&path).fit(&mut model(), &data).unwrap();

    // More epochs of a constant rate are those of a run that was to have so many from the start.
    let mut more = model();
    let history = trainer(0.02, 6).resume_with(&path, [Setting::Epochs]).fit(&mut more, &data).unwrap();
    let mut at_once = model();
    trainer(0.02, 6).fit(&mut at_once, &data).unwrap();
    assert_eq!((history.epochs.len(), bits(&more)), (3, bits(&at_once)));

    let slower = trainer(0.001, 6).resume_with(&path, [Setting::Epochs, Setting::LearningRate]).fit(&mut more, &data).unwrap();
    assert_eq!(slower.epochs[0].learning_rate, 0.001);
    // What is not named is still compared.
    let error = trainer(0.001, 6).resume_with(&path, [Setting::LearningRate]).fit(&mut more, &data).unwrap_err();
    assert!(
        matches!(&error, TrainError::OtherRun { differences, .. } if differences.len() == 1 && differences[0].setting == Setting::Epochs),
        "{error}"
    );
    assert!(error.to_string().ends_with("\n  help: if this is on purpose, `.resume_with(path, [Setting::Epochs])`"), "{error}");

    // Other data, of another length: their order begins anew, and so does what was the best.
    let longer = {
        let mut longer = dataset();
        longer.append(&dataset());
        longer
    };
    let path = file("best.checkpoint");
    let with_best = || trainer(0.02, 3).best_weights(BestWeights::default()).weighting(Famo::new());
    with_best().checkpoint(&path).fit(&mut model(), &data).unwrap();
    let history = with_best().epochs(5).resume_with(&path, [Setting::Epochs, Setting::Data]).fit(&mut more, &longer).unwrap();
    assert!(history.restored >= Some(4), "{:?}", history.restored);
    // Another strategy begins with what it knows itself.
    with_best().epochs(5).weighting(Uncertainty::new()).resume_with(&path, [Setting::Epochs, Setting::Balance]).fit(&mut more, &data).unwrap();
    // A training that was stopped early goes on under another rule for stopping.
    let stopping = |patience: usize| trainer(0.02, 6).early_stopping(EarlyStopping::new(|_: &ModelReport| 1.0).patience(patience));
    stopping(1).checkpoint(&path).fit(&mut more, &data).unwrap();
    assert_eq!(stopping(1).resume(&path).fit(&mut more, &data).unwrap().epochs.len(), 0);
    assert_eq!(stopping(3).resume_with(&path, [Setting::EarlyStopping]).fit(&mut more, &data).unwrap().epochs.len(), 4);
    let without = trainer(0.02, 6).resume_with(&path, [Setting::EarlyStopping]).fit(&mut more, &data).unwrap();
    assert_eq!(without.epochs.len(), 4);
}

/// The model above, but for what `change` says of its training.
macro_rules! other_declaration {
    ($name:ident, [$($dropout:tt)*], [$($l2:tt)*], [$($loss:tt)*], [$($tail:tt)*]) => {
        mod $name {
            mtl::multitask! {
                pub struct Model {
                    input x: [2];
                    shared body = x -> Dense(4, relu, $($l2)*) -> Dropout($($dropout)*) -> BatchNorm(momentum = 0.9);
                    head a = body -> Dense(1) { $($loss)* }
                    head b = body -> Dense(3, softmax) { loss: categorical_cross_entropy $($tail)* }
                }
            }
            pub fn run(resume: bool, path: &std::path::Path) -> Result<(), mtl::trainer::TrainError> {
                use mtl::prelude::*;
                let rows = (0..8_u8).map(|row| (ModelInputs { x: [f32::from(row), 1.0] }, ModelTargets { a: 1.0, b: usize::from(row % 3) }));
                let data = Dataset::<Model>::from_rows(rows).unwrap();
                let trainer = Trainer::new(Adam::new(0.01)).quiet();
                let mut trainer = if resume { trainer.resume(path) } else { trainer.checkpoint(path) };
                trainer.fit(&mut Model::new(&mut mtl::seeded(1)), &data).map(|_| ())
            }
        }
    };
}
other_declaration!(first, [0.3], [l2 = 0.1], [loss: huber(delta = 1.0)], []);
other_declaration!(dropout, [0.4], [l2 = 0.1], [loss: huber(delta = 1.0)], []);
other_declaration!(penalty, [0.3], [l2 = 0.2], [loss: huber(delta = 1.0)], []);
other_declaration!(argument, [0.3], [l2 = 0.1], [loss: huber(delta = 2.0)], []);
other_declaration!(loss, [0.3], [l2 = 0.1], [loss: mae], []);
other_declaration!(weight, [0.3], [l2 = 0.1], [loss: huber(delta = 1.0), weight: 0.5], []);
other_declaration!(smoothing, [0.3], [l2 = 0.1], [loss: huber(delta = 1.0)], [, label_smoothing: 0.1]);
other_declaration!(classes, [0.3], [l2 = 0.1], [loss: huber(delta = 1.0)], [, class_weights: [1.0, 2.0, 1.0]]);

#[test]
fn a_declaration_that_trains_otherwise_is_another_training() {
    let path = file("declaration.checkpoint");
    first::run(false, &path).unwrap();
    first::run(true, &path).unwrap();
    type Run = fn(bool, &Path) -> Result<(), TrainError>;
    for other in [dropout::run as Run, penalty::run, argument::run, loss::run, weight::run, smoothing::run, classes::run] {
        match other(true, &path).unwrap_err() {
            TrainError::OtherRun { differences, .. } if differences.len() == 1 => assert_eq!(differences[0].setting, Setting::Declaration),
            error => panic!("{error}"),
        }
    }
}

multitask! {
    /// Its checkpoints are small.
    struct Small {
        input x: [1];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn small() -> Dataset<Small> {
    Dataset::from_rows((0..4_u8).map(|row| (SmallInputs { x: [f32::from(row)] }, SmallTargets { y: f32::from(row) + 1.0 }))).unwrap()
}

fn small_trainer<'a>() -> Trainer<'a, Small, Adam> {
    Trainer::new(Adam::new(0.01)).epochs(2).validation_fraction(0.5).best_weights(BestWeights::default()).quiet()
}

#[test]
fn damage_to_any_byte_and_every_cut_is_refused() {
    let (path, data) = (file("small.checkpoint"), small());
    small_trainer().checkpoint(&path).fit(&mut Small::new(&mut mtl::seeded(1)), &data).unwrap();
    let bytes = fs::read(&path).unwrap();
    let damaged = file("damaged.checkpoint");
    let before = Small::new(&mut mtl::seeded(2));
    let is_refused = |bytes: &[u8]| {
        fs::write(&damaged, bytes).unwrap();
        let mut model = before;
        let refused = matches!(small_trainer().resume(&damaged).fit(&mut model, &data), Err(TrainError::Checkpoint(_)));
        refused && model == before
    };
    assert!(!is_refused(&bytes));
    // `mtl-core/tests/weights_files.rs` flips every bit; here one of each byte, through the whole trainer.
    for byte in 0..bytes.len() {
        let mut bytes = bytes.clone();
        bytes[byte] ^= 1 << (byte % 8);
        assert!(is_refused(&bytes), "byte {byte} of {}", bytes.len());
    }
    for length in (0..bytes.len()).step_by(5) {
        assert!(is_refused(&bytes[..length]), "cut off at byte {length}");
    }
    for (first, second) in [(100, 400), (bytes.len() - 16, bytes.len() - 8)] {
        let mut bytes = bytes.clone();
        bytes.swap(first, second);
        assert!(is_refused(&bytes) || bytes[first] == bytes[second]);
    }
    assert!(is_refused(&[&*bytes, &[0; 8]].concat()));
}

#[test]
fn a_place_that_cannot_be_written_is_found_before_the_first_epoch() {
    let data = small();
    let places = [file("nowhere").join("checkpoint"), {
        let directory = file("directory");
        let _ = fs::create_dir(&directory);
        directory
    }];
    for place in places {
        let epochs = std::cell::Cell::new(0);
        let count = |_: &mtl::trainer::Epoch<Small>, _: &Small| {
            epochs.set(epochs.get() + 1);
            ControlFlow::Continue(())
        };
        let error = small_trainer().checkpoint(&place).on_epoch_end(count).fit(&mut Small::new(&mut mtl::seeded(1)), &data).unwrap_err();
        assert!(matches!(error, TrainError::Checkpoint(_)) && error.to_string().contains(&*place.to_string_lossy()), "{error}");
        assert_eq!(epochs.get(), 0);
        assert!(small_trainer().resume(&place).fit(&mut Small::new(&mut mtl::seeded(1)), &data).is_err());
    }
}

#[test]
fn parameters_that_are_not_finite_do_not_replace_good_ones() {
    let (path, data) = (file("diverged.checkpoint"), small());
    let mut model = Small::new(&mut mtl::seeded(1));
    Trainer::new(Sgd::new(0.01)).quiet().checkpoint(&path).fit(&mut model, &data).unwrap();
    let before = fs::read(&path).unwrap();
    let diverged = Trainer::new(Sgd::new(1e39)).quiet().epochs(3).checkpoint(&path).fit(&mut model, &data);
    assert!(diverged.is_err() && fs::read(&path).unwrap() == before);
}

/// A checkpoint in parts.
#[derive(Clone)]
struct Parts {
    words: Vec<(&'static str, Vec<u64>)>,
    scalars: Vec<(&'static str, Vec<f32>)>,
    settings: Vec<(String, String)>,
}

impl Parts {
    fn read(path: &Path) -> Self {
        let mut reader = CheckpointReader::open::<Small>(path).unwrap();
        let words = ["version", "course", "joined", "random", "order", "monitored", "best weights", "within"];
        let scalars = ["parameters", "optimizer.0", "optimizer.1", "best weights.parameters"];
        Self {
            words: words.map(|name| (name, reader.words(name).unwrap())).to_vec(),
            scalars: scalars.map(|name| (name, reader.scalars(name).unwrap())).to_vec(),
            settings: Setting::ALL
                .iter()
                .map(|setting| format!("setting.{setting}"))
                .map(|name| (name.clone(), reader.text(&name).unwrap()))
                .collect(),
        }
    }

    /// With a checksum that is right.
    fn write(&self, path: &Path) {
        let mut writer = CheckpointWriter::new::<Small>();
        for (name, words) in &self.words {
            writer = writer.words(*name, words);
        }
        for (name, scalars) in &self.scalars {
            writer = writer.scalars(*name, scalars);
        }
        for (name, text) in &self.settings {
            writer = writer.text(name, text);
        }
        writer.save(path).unwrap();
    }
}

#[test]
fn contents_that_contradict_themselves_give_an_error_or_a_finite_model() {
    let (path, data) = (file("contents.checkpoint"), small());
    let stop = |_: &mtl::trainer::Epoch<Small>, _: &Small| ControlFlow::Break(());
    small_trainer().checkpoint(&path).on_epoch_end(stop).fit(&mut Small::new(&mut mtl::seeded(1)), &data).unwrap();
    let mut good = Parts::read(&path);
    // As if it had been stopped after a row of the second epoch.
    assert_eq!(good.words.pop(), Some(("within", Vec::new())));
    good.words.push(("within", vec![1, 0, 0.01_f64.to_bits(), 1.5_f64.to_bits(), 1]));
    let before = Small::new(&mut mtl::seeded(2));
    let resumed = |parts: &Parts| {
        parts.write(&path);
        let mut model = before;
        let result = small_trainer().resume(&path).fit(&mut model, &data).map(|_| ());
        assert!(mtl::Flat::as_slice(&model).iter().all(|parameter: &f32| parameter.is_finite()), "{result:?}");
        result
    };
    resumed(&good).unwrap();
    for part in 0..good.words.len() {
        for place in 0..good.words[part].1.len() {
            for word in [0, 1, 7, u64::MAX, 1 << 63, (1 << 63) - 1, f64::NAN.to_bits()] {
                let mut parts = good.clone();
                parts.words[part].1[place] = word;
                let _ = resumed(&parts);
            }
        }
        let mut longer = good.clone();
        longer.words[part].1.push(1);
        assert!(resumed(&longer).is_err(), "{}", good.words[part].0);
        let mut missing = good.clone();
        missing.words.remove(part);
        assert!(resumed(&missing).is_err(), "{}", good.words[part].0);
    }
    for part in 0..good.scalars.len() {
        for value in [f32::NAN, f32::INFINITY] {
            let mut parts = good.clone();
            parts.scalars[part].1[0] = value;
            let result = resumed(&parts);
            assert!(result.is_err() || good.scalars[part].0.starts_with("optimizer"), "{}", good.scalars[part].0);
        }
    }
    for part in 0..good.settings.len() {
        let mut parts = good.clone();
        parts.settings[part].1.push('x');
        assert!(matches!(resumed(&parts), Err(TrainError::OtherRun { .. })), "{}", good.settings[part].0);
    }
}
