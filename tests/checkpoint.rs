//! A training that is killed goes on from its checkpoint and ends at the bits that it would have ended at.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use mtl::optimizer::Optimizer;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::schedule::ReduceOnPlateau;
use mtl::trainer::{Step, TrainError};

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
    fn check<O: Optimizer<f32> + Copy>(name: &str, optimizer: O) {
        let data = dataset();
        let mut uninterrupted = model();
        tuned(optimizer).fit(&mut uninterrupted, &data).unwrap();
        for epoch in 1..EPOCHS {
            let path = file(&format!("{name}{epoch}.checkpoint"));
            // A stop that the user asks for is not an end.
            let stop = |at: &mtl::trainer::Epoch<Model>, _: &Model| {
                if at.number == epoch { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
            };
            tuned(optimizer).checkpoint(&path).on_epoch_end(stop).fit(&mut model(), &data).unwrap();
            let mut resumed = model();
            tuned(optimizer).resume(&path).fit(&mut resumed, &data).unwrap();
            assert_eq!(bits(&resumed), bits(&uninterrupted), "{name} after epoch {epoch}");
        }
    }
    check("adam", Adam::new(0.02));
    check("sgd", Sgd::new(0.05));
    check("momentum", Sgd::new(0.02).momentum(0.9));
    check("lion", Lion::new(0.003));
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
    other(Trainer::new(Adam::new(0.1)).batch_size(16).seed(5).validation_fraction(0.2).quiet(), &path, &data, "early stopping");

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
