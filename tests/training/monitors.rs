//! Early stopping, best weights and schedules: they compare like with like, and keep what they promise however training ends.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use mtl::Flat;
use mtl::prelude::*;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::schedule::{Progress, ReduceOnPlateau, Schedule};
use mtl::trainer::{Curriculum, Epoch, Pacing, SampleError, Sampler, Setting, Step, TrainError};

multitask! {
    struct Pair {
        input x: [1];
        shared body = x -> Dense(4, tanh);
        head a = body -> Dense(1) { loss: mse, labels: partial, metrics: [r2, mae] }
        head b = body -> Dense(1) { loss: mse, labels: partial, metrics: [r2, mae] }
    }
}

/// With the labels of some heads.
fn rows(count: u8, a: bool, b: bool) -> Dataset<Pair> {
    let row = |row| {
        let x = f32::from(row) / 64.0 - 1.0;
        (PairInputs { x: [x] }, PairTargets { a: a.then_some(0.5 * x), b: b.then_some(3.0 + 2.0 * x) })
    };
    Dataset::from_rows((0..count).map(row)).unwrap()
}

fn start() -> Pair {
    Pair::new(&mut mtl::seeded(3))
}

fn adam<'a>() -> Trainer<'a, Pair, Adam> {
    Trainer::new(Adam::new(1e-2)).quiet()
}

#[test]
fn the_loss_of_nothing_is_not_the_best_there_is() {
    let (train, nothing) = (rows(64, true, true), rows(64, false, false));
    assert!(evaluate(&start(), &nothing).unwrap().loss().is_nan());
    for watched in [true, false] {
        let mut trainer = adam().epochs(500).validation(&nothing);
        if watched {
            trainer = trainer.early_stopping(EarlyStopping::default().patience(2).restore_best(true));
        }
        let mut model = start();
        assert!(matches!(trainer.fit(&mut model, &train), Err(TrainError::NoValidationLabels)));
        assert_eq!(model, start());
    }
    // Labels of heads that are not trained at first do not count.
    let only_b = rows(64, false, true);
    assert!(matches!(adam().heads(["a"]).validation(&only_b).fit(&mut start(), &train), Err(TrainError::NoValidationLabels)));
    assert!(matches!(adam().head_from("b", 2).validation(&only_b).fit(&mut start(), &train), Err(TrainError::NoValidationLabels)));
}

#[test]
fn a_head_without_labels_to_validate_on_is_not_monitored() {
    let (train, only_a) = (rows(64, true, true), rows(64, true, false));
    // The combined loss is that of the heads that can be measured.
    let mut model = start();
    let history = adam().epochs(5).validation(&only_a).best_weights(BestWeights::default()).fit(&mut model, &train).unwrap();
    let report = history.reports().last().unwrap();
    assert_eq!((report.b.labels, report.loss()), (0, report.a.loss));
    assert_eq!(history.restored, Some(5));
    // Its own loss and metrics are of nothing.
    let of_b = |report: &PairReport| report.b.mae;
    let mut trainer = adam().epochs(500).validation(&only_a).early_stopping(EarlyStopping::new(of_b).patience(7).restore_best(true));
    assert!(matches!(trainer.fit(&mut start(), &train), Err(TrainError::UndefinedMonitor { monitor: "early stopping", epoch: 1 })));
    assert_eq!(trainer.interrupted().unwrap().epochs.len(), 1, "the epoch under way is reported");
    let error = adam().epochs(9).validation(&only_a).best_weights(BestWeights::new(of_b).maximize()).fit(&mut start(), &train).unwrap_err();
    assert!(matches!(error, TrainError::UndefinedMonitor { monitor: "best weights", .. }), "{error}");
    assert!(error.to_string().contains("best weights"), "{error}");
    let late = EarlyStopping::new(of_b).start_from_epoch(3);
    let error = adam().epochs(9).validation(&only_a).early_stopping(late).fit(&mut start(), &train).unwrap_err();
    assert!(matches!(error, TrainError::UndefinedMonitor { epoch: 4, .. }), "{error}");
}

/// The best epoch by values that are given, one an epoch; `None` for an error.
fn best_of(values: &[f64], maximize: bool) -> Option<usize> {
    let (data, values) = (rows(16, true, true), values.to_vec());
    let epochs = values.len();
    let next = std::sync::Mutex::new(values.into_iter());
    let mut best = BestWeights::new(move |_: &PairReport| next.lock().unwrap().next().unwrap());
    if maximize {
        best = best.maximize();
    }
    adam().epochs(epochs).validation(&data).best_weights(best).fit(&mut start(), &data).ok()?.restored
}

#[test]
fn the_first_number_is_the_best_so_far_and_nan_never_is() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    assert_eq!(best_of(&[inf, inf, inf], false), Some(1));
    assert_eq!(best_of(&[inf, 3.0, inf], false), Some(2));
    assert_eq!(best_of(&[-inf, -3.0, -4.0], true), Some(2));
    assert_eq!(best_of(&[5.0, nan, 4.0, nan], false), Some(3));
    assert_eq!(best_of(&[nan, nan, nan], false), None);
    assert_eq!(best_of(&[nan, 1.0], false), None);
}

#[test]
fn an_epoch_and_a_step_without_a_label_have_no_loss() {
    // The first half has no label: the first step of every epoch sees none.
    let mut data = rows(32, false, false);
    data.append(&rows(32, true, false));
    struct Losses<'a>(&'a RefCell<Vec<[f32; 2]>>);
    impl Callback<Pair> for Losses<'_> {
        fn on_step_end(&mut self, step: &Step<'_, Pair>, _: &Pair) -> ControlFlow<()> {
            self.0.borrow_mut().push([step.losses.a, step.losses.b]);
            ControlFlow::Continue(())
        }
    }
    let losses = RefCell::new(Vec::new());
    adam().batch_size(32).shuffle(false).callback(Losses(&losses)).fit(&mut start(), &data).unwrap();
    let losses = losses.borrow();
    assert!(losses[0][0].is_nan() && losses[1][0].is_finite() && losses.iter().all(|step| step[1].is_nan()), "{losses:?}");

    /// Draws only rows without a label.
    #[derive(Debug)]
    struct Unlabelled;
    impl Sampler<Pair> for Unlabelled {
        fn prepare(&mut self, _: &Dataset<Pair>, _: &[usize]) -> Result<usize, SampleError> {
            Ok(16)
        }
        fn epoch(&mut self, _: usize, _: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
            order.extend(0..16);
        }
    }
    let history = adam().sampler(Unlabelled).fit(&mut start(), &data).unwrap();
    assert!(history.epochs[0].loss.is_nan());
    // A row without a label has no difficulty: it comes last.
    let mut mixed = rows(4, true, true);
    mixed.append(&rows(2, false, false));
    let curriculum = Curriculum::by_loss(&start(), &mixed).unwrap();
    assert_eq!(curriculum.difficulties().iter().map(|difficulty| difficulty.is_nan()).collect::<Vec<_>>(), [false, false, false, false, true, true]);
    for mut curriculum in [curriculum.clone(), curriculum.reversed()] {
        curriculum = curriculum.pacing(Pacing::Linear { start: 0.5, epochs: 10 });
        Sampler::<Pair>::prepare(&mut curriculum, &mixed, &[5, 4, 3, 2, 1, 0]).unwrap();
        let mut order = Vec::new();
        Sampler::<Pair>::epoch(&mut curriculum, 1, &mut mtl::rand::SeedableRng::seed_from_u64(1), &mut order);
        assert!(order.iter().all(|&row| row < 4), "{order:?}");
    }
}

/// Writes down the learning rate of every epoch.
fn rates(history: &History<Pair>) -> Vec<f64> {
    history.epochs.iter().map(|epoch| epoch.learning_rate).collect()
}

#[test]
fn the_best_epoch_is_one_that_trains_all_heads_of_its_time() {
    let data = rows(128, true, true);
    let mut model = start();
    let history = adam().epochs(60).validation(&data).head_from("b", 11).best_weights(BestWeights::default()).fit(&mut model, &data).unwrap();
    assert!(history.restored.unwrap() > 50, "{:?}", history.restored);
    assert!(evaluate(&model, &data).unwrap().b.r2 > 0.9);
    // By any quantity, and for the first epochs if there are no others.
    let of_a = || BestWeights::new(|report: &PairReport| report.a.loss);
    let history = adam().epochs(60).validation(&data).head_from("b", 11).best_weights(of_a()).fit(&mut start(), &data).unwrap();
    assert!(history.restored.unwrap() >= 11);
    let history = adam().epochs(10).validation(&data).head_from("b", 11).best_weights(BestWeights::default()).fit(&mut start(), &data).unwrap();
    assert!(history.restored.unwrap() <= 10);
    // A head that joins at once is no change.
    let history = adam().epochs(3).validation(&data).head_from("b", 1).best_weights(BestWeights::default()).fit(&mut start(), &data).unwrap();
    assert_eq!(history.restored, Some(3));
}

#[test]
fn early_stopping_waits_for_all_heads_and_then_starts_anew() {
    let data = rows(64, true, true);
    // A rate of 0: no epoch is better than the first one of its time.
    let stop = |patience, trainer: fn(Trainer<'_, Pair, Sgd>) -> Trainer<'_, Pair, Sgd>| {
        let stopping = EarlyStopping::default().patience(patience).restore_best(true);
        let still = Trainer::new(Sgd::new(0.0)).epochs(30).validation(&data).early_stopping(stopping).quiet();
        let history = trainer(still).fit(&mut start(), &data).unwrap();
        (history.epochs.len(), history.restored.unwrap())
    };
    assert_eq!(stop(3, |trainer| trainer), (4, 1));
    // Patience runs out long before, just before, or after the head joins.
    for patience in [1, 9, 10, 12] {
        assert_eq!(stop(patience, |trainer| trainer.head_from("b", 11)), (11 + patience, 11), "patience of {patience}");
    }
    assert_eq!(stop(3, |trainer| trainer.head_from("a", 5).head_from("b", 1)), (8, 5));
    // A head that never joins is not waited for.
    assert_eq!(stop(3, |trainer| trainer.head_from("b", 31)), (4, 1));
    assert_eq!(stop(3, |trainer| trainer.head_from("b", 11).heads(["a"])), (4, 1));
}

#[test]
fn a_plateau_starts_anew_when_a_head_joins() {
    let data = rows(64, true, true);
    let plateau = || ReduceOnPlateau::new().patience(2).by(0.5);
    for validated in [true, false] {
        let mut trainer = Trainer::new(Sgd::new(1e-9)).epochs(9).schedule(plateau()).head_from("b", 6).quiet();
        if validated {
            trainer = trainer.validation(&data);
        }
        let history = trainer.fit(&mut start(), &data).unwrap();
        let expected = [1.0, 1.0, 1.0, 0.5, 0.5, 1.0, 1.0, 1.0, 0.5].map(|factor| 1e-9 * factor);
        assert_eq!(rates(&history), expected, "validated: {validated}");
    }
    // Without validation data the rows of a curriculum are what the loss is of: ever harder ones.
    let curriculum = || Curriculum::new((0..64).map(f64::from)).pacing(Pacing::Linear { start: 0.2, epochs: 6 });
    let fit = |trainer: Trainer<'_, Pair, Sgd>| rates(&{ trainer }.fit(&mut start(), &data).unwrap());
    let still = || Trainer::new(Sgd::new(1e-9)).epochs(9).schedule(plateau()).sampler(curriculum()).quiet();
    assert_eq!(fit(still()), [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0].map(|factor| 1e-9 * factor));
    assert_eq!(fit(still().validation(&data)), [1.0, 1.0, 1.0, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125].map(|factor| 1e-9 * factor));
}

#[test]
fn a_run_with_joining_heads_is_resumed_to_the_same_bits() {
    let data = rows(64, true, true);
    let run = || {
        let stopping = EarlyStopping::default().patience(3).restore_best(true);
        let plateau = ReduceOnPlateau::new().patience(1).by(0.5).min_delta(0.05);
        let trainer = adam().epochs(14).batch_size(16).validation(&data).head_from("b", 6);
        trainer.schedule(plateau).early_stopping(stopping).best_weights(BestWeights::default())
    };
    let mut whole = start();
    let history = run().fit(&mut whole, &data).unwrap();
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("joining.checkpoint");
    for epoch in 1..14 {
        let stop = |at: &Epoch<Pair>, _: &Pair| if at.number == epoch { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
        run().checkpoint(&path).on_epoch_end(stop).fit(&mut start(), &data).unwrap();
        let mut resumed = start();
        let rest = run().resume(&path).fit(&mut resumed, &data).unwrap();
        assert_eq!(resumed.as_slice(), whole.as_slice(), "after epoch {epoch}");
        assert_eq!((rest.restored, rates(&rest)), (history.restored, rates(&history).split_off(epoch)), "after epoch {epoch}");
    }
}

/// What an earlier run did not train joins where this one begins.
#[test]
fn a_run_that_is_resumed_with_other_heads_starts_anew() {
    let data = rows(64, true, true);
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("other_heads.checkpoint");
    let run = || {
        let plateau = ReduceOnPlateau::new().patience(2).by(0.5);
        let trainer = Trainer::new(Adam::new(1e-3)).batch_size(64).validation(&data).quiet();
        trainer.schedule(plateau).best_weights(BestWeights::new(|report: &PairReport| if report.a.loss.is_nan() { 1.0 } else { 0.5 }))
    };
    let mut alone = start();
    let first = run().epochs(8).heads(["a"]).checkpoint(&path).fit(&mut alone, &data).unwrap();
    assert_eq!(first.restored, Some(1));
    struct Bias<'a>(&'a RefCell<Vec<f32>>);
    impl Callback<Pair> for Bias<'_> {
        fn on_step_end(&mut self, _: &Step<'_, Pair>, model: &Pair) -> ControlFlow<()> {
            self.0.borrow_mut().push(model.b.dense1.bias[0]);
            ControlFlow::Continue(())
        }
    }
    let bias = RefCell::new(vec![start().b.dense1.bias[0]]);
    let mut both = start();
    let changed = [Setting::Heads, Setting::Epochs];
    let rest = run().epochs(12).resume_with(&path, changed).callback(Bias(&bias)).fit(&mut both, &data).unwrap();
    assert_eq!((rest.epochs[0].number, rest.restored), (9, Some(9)));
    assert!((rest.epochs[0].learning_rate - 1e-3).abs() < 1e-12, "the plateau starts anew");
    let bias = bias.borrow();
    assert!(((bias[1] - bias[0]).abs() - 1e-3).abs() < 1e-6, "the first step of `b` is its first");
    // And the other way round: a head that is left out from here on stays as it is.
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("fewer_heads.checkpoint");
    run()
        .epochs(4)
        .checkpoint(&path)
        .on_epoch_end(|at: &Epoch<Pair>, _: &Pair| if at.number == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        .fit(&mut both, &data)
        .unwrap();
    let (seen, mut fewer) = (RefCell::new(Vec::new()), start());
    run().epochs(6).heads(["a"]).resume_with(&path, changed).callback(Bias(&seen)).fit(&mut fewer, &data).unwrap();
    assert!(seen.borrow().iter().all(|&bias| bias == seen.borrow()[0]));
}

/// A rate at which training runs away after a while.
fn runaway<'a>(data: &'a Dataset<Pair>) -> Trainer<'a, Pair, Sgd> {
    Trainer::new(Sgd::new(0.01)).epochs(60).batch_size(16).validation(data).schedule(Explodes).quiet()
}

/// Fine for eight epochs.
#[derive(Debug)]
struct Explodes;

impl Schedule for Explodes {
    fn factor(&self, progress: Progress) -> f64 {
        if progress.epoch() < 8 { 1.0 } else { 1e4 }
    }
}

#[test]
fn the_best_parameters_come_back_after_an_error() {
    let data = rows(64, true, true);
    let best = Cell::new(f64::INFINITY);
    let watch = |epoch: &Epoch<Pair>, _: &Pair| {
        best.set(best.get().min(epoch.monitored_loss()));
        ControlFlow::Continue(())
    };
    for early in [true, false] {
        best.set(f64::INFINITY);
        let trainer = runaway(&data).on_epoch_end(watch);
        let mut trainer = if early {
            trainer.early_stopping(EarlyStopping::default().patience(1000).restore_best(true))
        } else {
            trainer.best_weights(BestWeights::default())
        };
        let mut model = start();
        let error = trainer.fit(&mut model, &data).unwrap_err();
        assert!(matches!(error, TrainError::NonFiniteLoss { .. } | TrainError::NonFiniteGradient { .. }), "{error}");
        assert_eq!(evaluate(&model, &data).unwrap().loss(), best.get());
        let history = trainer.interrupted().unwrap();
        assert_eq!(history.epochs[history.restored.unwrap() - 1].monitored_loss(), best.get());
        // A later call that ends well has no such history.
        drop(trainer);
    }
    // Nothing is restored that nobody asked to keep.
    let mut trainer = runaway(&data);
    let mut model = start();
    trainer.fit(&mut model, &data).unwrap_err();
    assert_eq!(trainer.interrupted().unwrap().restored, None);
    let mut trainer = adam().epochs(2);
    trainer.fit(&mut model, &rows(0, true, true)).unwrap_err();
    assert!(trainer.interrupted().unwrap().epochs.is_empty());
    trainer.fit(&mut start(), &data).unwrap();
    assert!(trainer.interrupted().is_none());
}

#[test]
fn the_best_parameters_come_back_after_a_panic_and_a_break() {
    let data = rows(64, true, true);
    let best = Cell::new((0, f64::INFINITY));
    let fit = |end: &dyn Fn(&Epoch<Pair>) -> ControlFlow<()>| {
        best.set((0, f64::INFINITY));
        let mut model = start();
        let callback = |epoch: &Epoch<Pair>, _: &Pair| {
            if epoch.monitored_loss() < best.get().1 {
                best.set((epoch.number, epoch.monitored_loss()));
            }
            end(epoch)
        };
        // A rate at which the loss jumps about.
        let jumpy = Trainer::new(Adam::new(0.5)).epochs(40).batch_size(8).validation(&data).quiet();
        let result = catch_unwind(AssertUnwindSafe(|| { jumpy }.best_weights(BestWeights::default()).on_epoch_end(callback).fit(&mut model, &data)));
        assert!(best.get().0 < 20 && evaluate(&model, &data).unwrap().loss() == best.get().1, "{best:?}");
        result
    };
    let panic = fit(&|epoch| if epoch.number == 20 { panic!("enough") } else { ControlFlow::Continue(()) }).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"enough"));
    let history = fit(&|epoch| if epoch.number == 20 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }).unwrap().unwrap();
    assert_eq!((history.epochs.len(), history.restored), (20, Some(best.get().0)));
}
