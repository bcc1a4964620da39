//! A training that is killed goes on from its checkpoint and ends at the bits that it would have ended at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mtl::balance::{
    AlignedMtl, Balance, BalanceError, CaGrad, Combined, ConFig, DbMtl, Direction, DualProjection, DynamicWeightAverage, ExcessMtl, FairGrad, Famo,
    FixedWeights, GeometricMean, GradDrop, GradNorm, GradVac, ImtlG, ImtlL, LossWeighting, Mgda, NashMtl, PcGrad, RandomWeights, SmoothTchebycheff,
    State, StateUnknown, Sum, Uncertainty, UpGrad, VisitState,
};
use mtl::model::HeadSet;
use mtl::optimizer::Optimizer;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::schedule::{Cosine, ReduceOnPlateau};
use mtl::trainer::{Balanced, Curriculum, EvenTasks, Pacing, PerHead, Step, TrainError, Weighted};

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
        dataset.push(ModelInputs { x }, ModelTargets { level: [x[2] * x[3]].into(), kind }).unwrap();
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
            if at.number == epoch { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
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
    fn on_step_end(&mut self, step: &Step<'_, Model>, _: &Model) {
        if step.number == self.step {
            std::process::abort();
        }
    }
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
    check_resumed("adam", || tuned(Adam::new(0.02)));
    check_resumed("sgd", || tuned(Sgd::new(0.05)));
    check_resumed("momentum", || tuned(Sgd::new(0.02).momentum(0.9)));
    check_resumed("lion", || tuned(Lion::new(0.003)));
}

/// By its name.
type Strategy = (&'static str, fn() -> Box<dyn Balance<f32>>);

/// Every strategy, and combinations.
const STRATEGIES: [Strategy; 28] = [
    ("fixed_weights", || Box::new(FixedWeights::declared::<Model>())),
    ("uncertainty", || Box::new(Uncertainty::new())),
    ("dynamic_weight_average", || Box::new(DynamicWeightAverage::new())),
    ("geometric_mean", || Box::new(GeometricMean)),
    ("random_weights", || Box::new(RandomWeights::new(3))),
    ("imtl_l", || Box::new(ImtlL::new())),
    ("famo", || Box::new(Famo::new())),
    ("smooth_tchebycheff", || Box::new(SmoothTchebycheff::new())),
    ("grad_norm", || Box::new(GradNorm::new())),
    ("sum", || Box::new(Sum)),
    ("pc_grad", || Box::new(PcGrad::new(3))),
    ("grad_vac", || Box::new(GradVac::new(3))),
    ("mgda", || Box::new(Mgda)),
    ("ca_grad", || Box::new(CaGrad::default())),
    ("imtl_g", || Box::new(ImtlG)),
    ("nash_mtl", || Box::new(NashMtl::default())),
    ("fair_grad", || Box::new(FairGrad::default())),
    ("aligned_mtl", || Box::new(AlignedMtl::default())),
    ("up_grad", || Box::new(UpGrad::default())),
    ("dual_projection", || Box::new(DualProjection::default())),
    ("con_fig", || Box::new(ConFig)),
    ("grad_drop", || Box::new(GradDrop::new(3))),
    ("db_mtl", || Box::new(DbMtl::new())),
    ("excess_mtl", || Box::new(ExcessMtl::new())),
    ("uncertainty_and_pc_grad", || Box::new(Combined::new(Uncertainty::new(), PcGrad::new(3)))),
    ("random_weights_and_grad_drop", || Box::new(Combined::new(RandomWeights::new(3), GradDrop::new(4)))),
    ("famo_and_grad_vac", || Box::new(Combined::new(Famo::new(), GradVac::new(3)))),
    ("grad_norm_and_db_mtl", || Box::new(Combined::new(GradNorm::new(), DbMtl::new()))),
];

#[test]
fn every_strategy_can_be_resumed() {
    for (name, strategy) in STRATEGIES {
        check_resumed(name, || trainer().balance(strategy()));
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
    check_resumed("frozen", || trainer().freeze(ModelBlock::Body).schedule(Cosine::default()).balance(Famo::new()));
}

/// A strategy of one's own, which counts its steps, and says so if it is told to.
#[derive(Clone, Default)]
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

impl Balance<f32> for Fading {
    fn weighting(&mut self) -> Option<&mut dyn LossWeighting> {
        Some(self)
    }
    fn direction(&mut self) -> Option<&mut dyn Direction<f32>> {
        None
    }
}

#[test]
fn a_strategy_of_ones_own_says_what_it_keeps_or_is_refused() {
    check_resumed("fading", || trainer().balance(Fading { saved: true, steps: 0 }));
    let mut model = model();
    let before = bits(&model);
    let refused = trainer().checkpoint(file("fading.checkpoint")).balance(Fading::default()).fit(&mut model, &dataset());
    assert!(matches!(refused, Err(TrainError::StrategyNotSaved(StateUnknown))), "{refused:?}");
    assert!(bits(&model) == before && !file("fading.checkpoint").exists());
    trainer().balance(Fading::default()).fit(&mut model, &dataset()).unwrap();
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

#[test]
fn what_is_not_a_checkpoint_of_this_training_is_refused() {
    let data = dataset();
    let path = file("refused.checkpoint");
    trainer().epochs(1).checkpoint(&path).fit(&mut model(), &data).unwrap();
    let before = model();
    #[track_caller]
    fn other<O: Optimizer<f32>>(trainer: Trainer<'_, Model, O>, path: &Path, data: &Dataset<Model>, expected: &str) {
        let mut model = model();
        let before = bits(&model);
        match trainer.resume(path).fit(&mut model, data) {
            Err(TrainError::OtherRun { what, .. }) => assert_eq!(what, expected),
            result => panic!("{result:?} is not about the {expected}"),
        }
        assert!(bits(&model) == before, "the model was changed");
    }
    other(trainer().seed(6), &path, &data, "seed");
    other(trainer().batch_size(17), &path, &data, "batch size");
    other(trainer().shuffle(false), &path, &data, "shuffling");
    other(trainer().validation_fraction(0.3), &path, &data, "data");
    other(tuned(Sgd::new(0.1)), &path, &data, "optimizer");
    other(trainer().balance(Mgda), &path, &data, "balancing strategy");
    other(trainer().sampler(EvenTasks::new()), &path, &data, "sampler");
    other(Trainer::new(Adam::new(0.1)).batch_size(16).seed(5).validation_fraction(0.2).quiet(), &path, &data, "early stopping");

    // Of one strategy, to go on with another: none of them may take it for its own.
    let balanced = file("balanced.checkpoint");
    for (name, strategy) in STRATEGIES {
        trainer().epochs(1).checkpoint(&balanced).balance(strategy()).fit(&mut model(), &data).unwrap();
        other(trainer(), &balanced, &data, "balancing strategy");
        if name != "uncertainty" {
            other(trainer().balance(Uncertainty::new()), &balanced, &data, "balancing strategy");
        }
        if name != "db_mtl" {
            other(trainer().balance(DbMtl::new()), &balanced, &data, "balancing strategy");
        }
    }

    let mut model = before.clone();
    let missing = trainer().resume(file("absent.checkpoint")).fit(&mut model, &data);
    assert!(matches!(missing, Err(TrainError::Checkpoint(_))), "{missing:?}");
    // Every way to cut it off, and every byte of it damaged in turn: an error, or another state, but no panic.
    let bytes = fs::read(&path).unwrap();
    let damaged = file("damaged.checkpoint");
    for at in (0..bytes.len()).step_by(97) {
        fs::write(&damaged, &bytes[..at]).unwrap();
        assert!(trainer().resume(&damaged).fit(&mut model, &data).is_err(), "cut off at byte {at}");
        assert!(bits(&model) == bits(&before), "the model was changed");
    }
    for at in (0..bytes.len()).step_by(31) {
        let mut bytes = bytes.clone();
        bytes[at] ^= 0x55;
        fs::write(&damaged, bytes).unwrap();
        let _ = trainer().epochs(1).resume(&damaged).fit(&mut before.clone(), &data);
    }
}
