//! Training of a small model: what it reaches, that it repeats itself, and every way to fail.

use core::ops::ControlFlow;
use std::cell::RefCell;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use super::*;
use crate::adapt::adapt;
use crate::balance::{CaGrad, Uncertainty};
use crate::data::DataError;
use crate::evaluate::evaluate;
use crate::flat::Flat;
use crate::model::Model;
use crate::optimizer::{Adam, Sgd};
use crate::report::Report;
use crate::schedule::{Cosine, Progress, ReduceOnPlateau, StepDecay};
use crate::testing::{Tiny, TinyReport, TinyTargets, dataset, model, row};

fn trainer<'a>() -> Trainer<'a, Tiny, Adam> {
    Trainer::new(Adam::new(0.01)).epochs(5).batch_size(16).quiet()
}

/// Adapted, so that training begins with steps alone.
fn adapted(data: &Dataset<Tiny>) -> Box<Tiny> {
    let mut model = model(1);
    adapt(&mut model, data).unwrap();
    model
}

#[test]
fn training_learns_both_heads() {
    let (train, test) = dataset(600).split(0.8, 1).unwrap();
    let mut model = model(1);
    let before = evaluate(&model, &test).unwrap();
    let history = Trainer::new(Adam::new(0.02)).epochs(60).batch_size(16).validation(&test).quiet().fit(&mut model, &train).unwrap();
    let after = evaluate(&model, &test).unwrap();
    assert!(after.level.0 < 0.05 * before.level.0, "{before} then {after}");
    assert!(after.kind.accuracy > 0.95, "{after}");
    assert_eq!(history.epochs.len(), 60);
    assert_eq!(history.last().unwrap().validation.as_ref(), Some(&after));
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_seed_others() {
    let data = dataset(203);
    let train = |seed: u64, shuffle: bool| {
        let mut model = model(1);
        let history = trainer().seed(seed).shuffle(shuffle).validation_fraction(0.2).fit(&mut model, &data).unwrap();
        (model.as_slice().iter().map(|value| value.to_bits()).collect::<Vec<_>>(), history.losses().map(f64::to_bits).collect::<Vec<_>>())
    };
    assert_eq!(train(3, true), train(3, true));
    assert_ne!(train(3, true), train(4, true));
    assert_ne!(train(3, true), train(3, false));
}

#[test]
fn the_batch_size_may_be_larger_than_the_data() {
    let data = dataset(10);
    let fit = |batch_size| {
        let mut model = adapted(&data);
        trainer().batch_size(batch_size).shuffle(false).fit(&mut model, &data).unwrap();
        model
    };
    assert_eq!(fit(10), fit(1_000_000));
}

#[test]
fn a_step_of_gradient_descent_is_that_of_the_weighted_mean() {
    // One epoch of one batch, against numerical gradients of the combined loss that is reported.
    let data = dataset(12);
    let start = adapted(&data);
    let mut trained = start.clone();
    Trainer::new(Sgd::new(0.1)).epochs(1).batch_size(12).quiet().fit(&mut trained, &data).unwrap();
    let mut expected = start.clone();
    for tensor in Tiny::PARAMETERS.iter().filter(|tensor| tensor.trainable) {
        for index in tensor.offset..tensor.offset + tensor.len {
            let loss = |change: f64| {
                let mut model = start.clone();
                model.as_mut_slice()[index] += change;
                evaluate(&model, &data).unwrap().loss()
            };
            expected.as_mut_slice()[index] -= 0.1 * (loss(1e-5) - loss(-1e-5)) / 2e-5;
        }
    }
    for (found, expected) in trained.as_slice().iter().zip(expected.as_slice()) {
        assert!((found - expected).abs() < 1e-9, "{found} is not {expected}");
    }
}

#[test]
fn sample_weights_count_in_the_losses() {
    // A weight of 0 takes a row out of the gradient; a weight of 2 is as two rows, but for the mean over their number.
    let mut weighted = Dataset::<Tiny>::new();
    let mut repeated = Dataset::<Tiny>::new();
    for number in 0..8 {
        let (inputs, targets) = row(number);
        let weight = [1.0, 2.0, 0.0, 1.0][number % 4];
        weighted.push_weighted(inputs.clone(), targets.clone(), weight).unwrap();
        for _ in 0..weight as usize {
            repeated.push(inputs.clone(), targets.clone()).unwrap();
        }
    }
    let model = adapted(&weighted);
    let (left, right) = (evaluate(&model, &weighted).unwrap(), evaluate(&model, &repeated).unwrap());
    assert_eq!((left.level.1, left.kind.labels), (8, 6));
    assert!((left.level.0 - right.level.0).abs() < 1e-12);
    assert!((left.kind.loss - right.kind.loss).abs() < 1e-12);
}

#[test]
fn losses_of_an_epoch_are_means_over_labels_not_over_batches() {
    // Without learning, the epoch's losses are those of the evaluation, however uneven the batches are in size and labels.
    let data = dataset(37);
    let mut model = adapted(&data);
    let report = evaluate(&model, &data).unwrap();
    let history = Trainer::new(Sgd::new(0.0)).batch_size(5).quiet().fit(&mut model, &data).unwrap();
    let epoch = history.last().unwrap();
    assert!((epoch.head_loss("level").unwrap() - report.level.0).abs() < 1e-12);
    assert!((epoch.head_loss("kind").unwrap() - report.kind.loss).abs() < 1e-12);
    assert!((epoch.loss - report.loss()).abs() < 1e-12);
    assert!((epoch.loss - (0.5 * report.level.0 + report.kind.loss)).abs() < 1e-12);
    assert_eq!(epoch.heads.iter().map(|head| head.labels).collect::<Vec<_>>(), [37, 28]);
    assert_eq!(epoch.head_loss("king"), None);
}

fn without_kinds(rows: usize) -> Dataset<Tiny> {
    let unlabelled = |(inputs, targets): (_, TinyTargets)| (inputs, TinyTargets { kind: None, ..targets });
    Dataset::from_rows((0..rows).map(row).map(unlabelled)).unwrap()
}

#[test]
fn a_head_without_a_label_in_a_batch_or_in_the_data_contributes_nothing() {
    let data = without_kinds(40);
    let start = adapted(&data);
    let mut trained = start.clone();
    let history = trainer().validation_fraction(0.25).fit(&mut trained, &data).unwrap();
    let epoch = history.last().unwrap();
    assert!(epoch.head_loss("kind").unwrap().is_nan() && epoch.loss.is_finite());
    let report = epoch.validation.as_ref().unwrap();
    assert!(report.kind.loss.is_nan() && report.loss().is_finite());
    assert_eq!((report.kind.labels, report.loss()), (0, 0.5 * report.level.0));
    // The parameters of that head alone stay where they are.
    assert_eq!(trained.as_slice()[33..], start.as_slice()[33..]);
    assert_ne!(trained.as_slice()[28..33], start.as_slice()[28..33]);
    // In a batch: the first twenty rows have no label, the others have.
    let mut mixed = without_kinds(20);
    mixed.append(&dataset(20));
    let history = trainer().batch_size(10).shuffle(false).fit(&mut trained, &mixed).unwrap();
    assert!(history.epochs.iter().all(|epoch| epoch.head_loss("kind").unwrap().is_finite()));
    assert_eq!(history.last().unwrap().heads[1].labels, 15);
}

#[test]
fn what_is_not_trained_is_not_moved() {
    let data = dataset(50);
    let mut model = adapted(&data);
    let (mean, variance) = (model.mean, model.variance);
    trainer().clip(Clip::GlobalNorm(1.0)).fit(&mut model, &data).unwrap();
    assert_eq!((model.mean, model.variance), (mean, variance));
}

#[test]
fn a_model_that_was_never_adapted_is_adapted_to_the_rows_it_trains_on() {
    let data = dataset(50);
    let by_hand = adapted(&data);
    let mean = (0..50).map(|number| row(number).0.point[0]).sum::<f64>() / 50.0;
    assert!((by_hand.mean[0] - mean).abs() < 1e-12);
    let mut fresh = model(1);
    trainer().epochs(1).fit(&mut fresh, &data).unwrap();
    assert_eq!((fresh.mean, fresh.variance), (by_hand.mean, by_hand.variance));
    // An adapted one is left as it is.
    trainer().epochs(1).fit(&mut fresh, &dataset(300)).unwrap();
    assert_eq!((fresh.mean, fresh.variance), (by_hand.mean, by_hand.variance));
    assert!(matches!(adapt(&mut fresh, &Dataset::<Tiny>::new()), Err(DataError::Empty)));
}

#[test]
fn zero_epochs_change_nothing() {
    let mut model = model(1);
    let history = trainer().epochs(0).fit(&mut model, &dataset(10)).unwrap();
    assert!(history.epochs.is_empty() && history.last().is_none());
    assert_eq!(model, crate::testing::model(1));
    assert_eq!(csv(&history), "");
}

#[test]
fn what_cannot_be_trained_on_is_refused() {
    let (empty, data) = (Dataset::<Tiny>::new(), dataset(10));
    let mut tiny = model(1);
    assert!(matches!(trainer().fit(&mut tiny, &empty), Err(TrainError::NoData)));
    assert!(matches!(trainer().validation(&empty).fit(&mut tiny, &data), Err(TrainError::NoValidationData)));
    for fraction in [0.0, 1.0, 0.01, f64::NAN] {
        let error = trainer().validation_fraction(fraction).fit(&mut tiny, &data).unwrap_err();
        assert!(matches!(error, TrainError::Validation(DataError::EmptySplit { .. })), "{error}");
    }
    assert!(matches!(trainer().early_stopping(EarlyStopping::default()).fit(&mut tiny, &data), Err(TrainError::NothingToMonitor)));
    assert!(matches!(trainer().best_weights(BestWeights::default()).fit(&mut tiny, &data), Err(TrainError::NothingToMonitor)));
    assert!(matches!(evaluate(&tiny, &empty), Err(DataError::Empty)));
    assert_eq!(tiny, model(1));
}

#[test]
fn a_loss_that_is_not_finite_names_head_epoch_and_step_and_leaves_the_parameters() {
    let data = dataset(32);
    let mut model = adapted(&data);
    let parameters = RefCell::new(vec![]);
    struct Keep<'a>(&'a RefCell<Vec<f64>>);
    impl Callback<Tiny> for Keep<'_> {
        fn on_step_end(&mut self, _: &Step<'_, Tiny>, model: &Tiny) -> ControlFlow<()> {
            *self.0.borrow_mut() = model.as_slice().to_vec();
            ControlFlow::Continue(())
        }
    }
    let error = Trainer::new(Sgd::new(1e200)).epochs(9).batch_size(16).quiet().callback(Keep(&parameters)).fit(&mut model, &data).unwrap_err();
    assert!(matches!(error, TrainError::NonFiniteLoss { head: "level", epoch: 1, step: 2, .. }), "{error}");
    assert_eq!(model.as_slice(), *parameters.borrow());
}

#[test]
fn a_gradient_that_is_not_finite_names_the_tensor() {
    // The loss is about 1e300, and so is its gradient at the hidden units; an input of 1e160 is too much.
    let data = Dataset::<Tiny>::from_rows([row(0)]).unwrap();
    let mut model = adapted(&dataset(10));
    model.as_mut_slice()[28..33].copy_from_slice(&[1e150, -1e150, 0.0, 0.0, 0.0]);
    model.as_mut_slice()[4..12].fill(0.0);
    model.variance = [1e-320; 2];
    let before = model.clone();
    let error = trainer().fit(&mut model, &data).unwrap_err();
    assert!(matches!(error, TrainError::NonFiniteGradient { parameter: "body.dense1.kernel", epoch: 1, step: 1 }), "{error}");
    assert_eq!(model, before);
}

#[test]
fn a_learning_rate_of_a_schedule_that_is_not_a_number_is_refused_before_it_does_harm() {
    #[derive(Debug)]
    struct Wild(f64);
    impl Schedule for Wild {
        fn factor(&self, _: Progress) -> f64 {
            self.0
        }
    }
    let data = dataset(10);
    let mut model = adapted(&data);
    let before = model.clone();
    for factor in [f64::NAN, -1.0, f64::INFINITY] {
        let error = Trainer::new(Sgd::new(0.1)).schedule(Wild(factor)).quiet().fit(&mut model, &data).unwrap_err();
        assert!(matches!(error, TrainError::InvalidLearningRate { epoch: 1, step: 1, .. }), "{error}");
    }
    assert_eq!(model, before);
}

/// A training of a model on data.
type Fit<'f> = dyn Fn(&mut Box<Tiny>, &Dataset<Tiny>) -> Result<History<Tiny>, TrainError> + 'f;

/// Every number that cannot be trained with, by the name in its error; the model is not even adapted.
#[test]
fn settings_that_cannot_be_are_refused_before_anything_changes() {
    let data = dataset(20);
    let refuse = |setting: &str, fit: &Fit<'_>| {
        let mut fresh = model(1);
        match fit(&mut fresh, &data) {
            Err(TrainError::Setting(error) | TrainError::Sample(SampleError::Setting(error))) => assert_eq!(error.setting, setting),
            other => panic!("{setting}: {other:?}"),
        }
        assert_eq!(fresh, model(1), "{setting}");
    };
    for wrong in [f64::NAN, f64::INFINITY, -1.0] {
        refuse("Sgd::learning_rate", &|m, d| Trainer::new(Sgd::new(wrong)).quiet().fit(m, d));
        refuse("Adam::beta_1", &|m, d| Trainer::new(Adam::new(0.1).beta_1(wrong)).quiet().fit(m, d));
        refuse("Clip::GlobalNorm", &|m, d| trainer().clip(Clip::GlobalNorm(wrong)).fit(m, d));
        refuse("Clip::Norm", &|m, d| trainer().clip(Clip::Norm(wrong)).fit(m, d));
        refuse("Clip::Value", &|m, d| trainer().clip(Clip::Value(wrong)).fit(m, d));
        refuse("Cosine::floor", &|m, d| trainer().schedule(Cosine::default().floor(wrong)).fit(m, d));
        refuse("StepDecay::new(factor)", &|m, d| trainer().schedule(StepDecay::new(1, wrong)).fit(m, d));
        refuse("ReduceOnPlateau::by", &|m, d| trainer().schedule(ReduceOnPlateau::new().by(wrong)).fit(m, d));
        refuse("Uncertainty::learning_rate", &|m, d| trainer().weighting(Uncertainty::new().learning_rate(wrong)).fit(m, d));
        refuse("CaGrad::new", &|m, d| trainer().direction(CaGrad::new(wrong)).fit(m, d));
        refuse("EarlyStopping::min_delta", &|m, d| trainer().validation(d).early_stopping(EarlyStopping::default().min_delta(wrong)).fit(m, d));
        refuse("Pacing::start", &|m, d| {
            let pacing = Pacing::Linear { start: wrong, epochs: 3 };
            trainer().sampler(Curriculum::new((0..20).map(f64::from)).pacing(pacing)).fit(m, d)
        });
        refuse("Pacing::factor", &|m, d| {
            let pacing = Pacing::Step { start: 0.5, factor: wrong, epochs: 3 };
            trainer().sampler(Curriculum::new((0..20).map(f64::from)).pacing(pacing)).fit(m, d)
        });
    }
    refuse("Clip::Value", &|m, d| trainer().clip(Clip::Value(0.0)).fit(m, d));
    refuse("Trainer::batch_size", &|m, d| trainer().batch_size(0).fit(m, d));
    refuse("Trainer::threads", &|m, d| trainer().threads(0).fit(m, d));
    refuse("Trainer::head_from", &|m, d| trainer().head_from("kind", 0).fit(m, d));
    refuse("Weighted::samples", &|m, d| trainer().sampler(Weighted::new([1.0; 20]).samples(0)).fit(m, d));
    // Where nothing would be trained too.
    refuse("Clip::Norm", &|m, d| trainer().epochs(0).clip(Clip::Norm(-1.0)).fit(m, d));
    let nan = trainer().sampler(Curriculum::new((0..20).map(|row| if row == 7 { f64::NAN } else { 0.0 }))).fit(&mut model(1), &data);
    assert!(matches!(nan, Err(TrainError::Sample(SampleError::InvalidDifficulty { row: 7 }))));
    let real = trainer().sampler(Balanced::over_sampling("level")).fit(&mut model(1), &data).unwrap_err();
    assert_eq!(
        real.to_string(),
        "the rows of an epoch cannot be chosen: the head `level` has no classes to balance: its loss `mse` is one of real numbers"
    );
}

#[test]
fn rows_that_all_weigh_nothing_are_no_data() {
    let weightless = || {
        let mut data = Dataset::<Tiny>::new();
        for number in 0..10 {
            let (inputs, targets) = row(number);
            data.push_weighted(inputs, targets, 0.0).unwrap();
        }
        data
    };
    let (data, weightless) = (dataset(10), weightless());
    assert!(matches!(trainer().fit(&mut model(1), &weightless), Err(TrainError::NoWeight { data: "training" })));
    assert!(matches!(trainer().validation(&weightless).fit(&mut model(1), &data), Err(TrainError::NoWeight { data: "validation" })));
}

/// A step that is the last of a training, or before an evaluation, is looked at like any other.
#[test]
fn what_a_step_makes_is_finite_or_the_step_is_taken_back() {
    let data = dataset(32);
    let start = adapted(&data);
    let fits: [(&str, &Fit<'_>); 3] = [
        ("one step", &|m, d| Trainer::new(Sgd::new(1e308)).batch_size(32).quiet().fit(m, d)),
        ("with validation", &|m, d| Trainer::new(Sgd::new(1e308)).batch_size(32).epochs(3).validation(d).quiet().fit(m, d)),
        ("balanced", &|m, d| Trainer::new(Sgd::new(1e308)).batch_size(32).direction(crate::balance::Mgda).quiet().fit(m, d)),
    ];
    for (what, fit) in fits {
        let mut model = start.clone();
        // Gradients of 100: the parameters would be 1e310.
        model.as_mut_slice()[28..32].fill(100.0);
        let before = model.clone();
        let error = fit(&mut model, &data).unwrap_err();
        assert!(matches!(error, TrainError::NonFiniteParameter { epoch: 1, step: 1, .. }), "{what}: {error}");
        assert_eq!(model, before, "{what}");
    }
}

/// Trains with a learning rate of 0 and a quantity that is read from a list, one value an epoch.
fn stop_with(values: &[f64], stopping: impl Fn(EarlyStopping<TinyReport>) -> EarlyStopping<TinyReport>) -> History<Tiny> {
    let (data, values) = (dataset(10), values.to_vec());
    let epochs = values.len();
    let next = std::sync::Mutex::new(values.into_iter());
    let early_stopping = stopping(EarlyStopping::new(move |_: &TinyReport| next.lock().unwrap().next().unwrap()));
    Trainer::new(Sgd::new(0.0)).epochs(epochs).validation(&data).early_stopping(early_stopping).quiet().fit(&mut adapted(&data), &data).unwrap()
}

#[test]
fn early_stopping_waits_for_its_patience() {
    let falling = [5.0, 4.0, 4.0, 4.1, 3.0, 3.0, 3.0, 3.0, 3.0];
    assert_eq!(stop_with(&falling, |stopping| stopping).epochs.len(), 3);
    assert_eq!(stop_with(&falling, |stopping| stopping.patience(2)).epochs.len(), 4);
    assert_eq!(stop_with(&falling, |stopping| stopping.patience(3)).epochs.len(), 8);
    assert_eq!(stop_with(&falling, |stopping| stopping.patience(2).start_from_epoch(3)).epochs.len(), 7);
    assert_eq!(stop_with(&falling, |stopping| stopping.patience(2).min_delta(2.0)).epochs.len(), 3);
    assert_eq!(stop_with(&falling, |stopping| stopping.maximize().patience(2)).epochs.len(), 3);
    assert_eq!(stop_with(&[1.0, 2.0, 3.0, 2.0, 1.0, 0.0], |stopping| stopping.maximize().patience(2)).epochs.len(), 5);
    // NaN is no improvement, and an infinite value is as good a start as any.
    assert_eq!(stop_with(&[2.0, f64::NAN, f64::NAN, 1.0], |stopping| stopping.patience(2)).epochs.len(), 3);
    assert_eq!(stop_with(&[f64::INFINITY, f64::INFINITY, 1.0], |stopping| stopping.patience(2)).epochs.len(), 3);
}

#[test]
fn the_best_parameters_come_back() {
    let (train, validation) = dataset(60).split(0.5, 2).unwrap();
    let mut kept = adapted(&train);
    let start = kept.clone();
    // A rate at which the loss jumps about.
    let jumpy = || Trainer::new(Adam::new(0.3)).epochs(40).batch_size(8).validation(&validation).quiet();
    let history = jumpy().best_weights(BestWeights::default()).fit(&mut kept, &train).unwrap();
    let best = history.reports().map(Report::loss).fold(f64::INFINITY, f64::min);
    assert!(best < history.last().unwrap().monitored_loss(), "the last epoch happens to be the best: choose another seed");
    assert_eq!(evaluate(&kept, &validation).unwrap().loss(), best);
    let restored = history.restored.unwrap();
    assert_eq!(history.epochs[restored - 1].monitored_loss(), best);

    // Early stopping gives them back too, by any quantity, and only if asked to.
    for restore in [true, false] {
        let mut model = start.clone();
        let stopping = EarlyStopping::new(|report: &TinyReport| report.kind.accuracy).maximize().patience(6).restore_best(restore);
        let history = jumpy().early_stopping(stopping).fit(&mut model, &train).unwrap();
        let accuracies: Vec<f64> = history.reports().map(|report| report.kind.accuracy).collect();
        let expected = if restore { accuracies.iter().copied().fold(0.0, f64::max) } else { *accuracies.last().unwrap() };
        assert_eq!(evaluate(&model, &validation).unwrap().kind.accuracy, expected);
        assert_eq!(history.restored.is_some(), restore);
    }
}

#[test]
fn schedules_are_followed_step_by_step() {
    let data = dataset(20);
    let rates = RefCell::new(vec![]);
    struct Rates<'a>(&'a RefCell<Vec<f64>>);
    impl Callback<Tiny> for Rates<'_> {
        fn on_step_end(&mut self, step: &Step<'_, Tiny>, _: &Tiny) -> ControlFlow<()> {
            self.0.borrow_mut().push(step.learning_rate);
            ControlFlow::Continue(())
        }
    }
    let mut model = adapted(&data);
    Trainer::new(Sgd::new(0.1)).epochs(2).batch_size(10).schedule(Cosine::default()).callback(Rates(&rates)).quiet().fit(&mut model, &data).unwrap();
    let cosine = |fraction: f64| 0.05 * (1.0 + (core::f64::consts::PI * fraction).cos());
    assert_eq!(*rates.borrow(), [cosine(0.0), cosine(0.25), cosine(0.5), cosine(0.75)]);

    let history = Trainer::new(Sgd::new(0.1)).epochs(3).schedule(StepDecay::new(1, 0.5)).quiet().fit(&mut model, &data).unwrap();
    assert_eq!(history.epochs.iter().map(|epoch| epoch.learning_rate).collect::<Vec<_>>(), [0.1, 0.05, 0.025]);

    // Nothing is learned at such a rate, so the loss never falls by enough; the second training starts afresh.
    let mut trainer = Trainer::new(Sgd::new(1e-9)).epochs(3).schedule(ReduceOnPlateau::new().patience(1)).quiet();
    for _ in 0..2 {
        let history = trainer.fit(&mut model, &data).unwrap();
        assert_eq!(history.epochs.iter().map(|epoch| epoch.learning_rate).collect::<Vec<_>>(), [1e-9, 1e-9, 1e-9 * 0.1]);
    }
}

#[test]
fn callbacks_see_everything_in_order_and_may_stop() {
    struct Log<'a>(&'a RefCell<String>);
    impl Callback<Tiny> for Log<'_> {
        fn on_training_begin(&mut self, _: &Tiny) {
            self.0.borrow_mut().push_str("begin ");
        }
        fn on_epoch_begin(&mut self, number: usize, _: &Tiny) {
            self.0.borrow_mut().push_str(&format!("epoch{number} "));
        }
        fn on_step_end(&mut self, step: &Step<'_, Tiny>, _: &Tiny) -> ControlFlow<()> {
            self.0.borrow_mut().push_str(&format!("{}:{} ", step.epoch, step.number));
            ControlFlow::Continue(())
        }
        fn on_training_end(&mut self, history: &History<Tiny>, _: &Tiny) {
            self.0.borrow_mut().push_str(&format!("end{}", history.epochs.len()));
        }
    }
    let (log, data) = (RefCell::new(String::new()), dataset(20));
    let history = trainer()
        .batch_size(10)
        .callback(Log(&log))
        .on_epoch_end(|epoch: &Epoch<Tiny>, _: &Tiny| if epoch.number == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        .fit(&mut adapted(&data), &data)
        .unwrap();
    assert_eq!(*log.borrow(), "begin epoch1 1:1 1:2 epoch2 2:3 2:4 end2");
    assert_eq!(history.epochs.len(), 2);
}

#[test]
fn a_callback_may_stop_at_a_step_and_knows_how_many_there_are() {
    let (data, places) = (dataset(25), RefCell::new(vec![]));
    let stop = |step: &Step<'_, Tiny>, _: &Tiny| {
        places.borrow_mut().push((step.epoch, step.in_epoch, step.number));
        assert_eq!((step.steps_per_epoch, step.of), (3, 12));
        if step.number == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let mut model = adapted(&data);
    let history = trainer().epochs(4).batch_size(10).validation(&data).on_step_end(stop).fit(&mut model, &data).unwrap();
    assert_eq!(*places.borrow(), [(1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 4), (2, 2, 5)]);
    // The epoch ends there, with the labels of its 20 rows.
    assert_eq!((history.epochs.len(), history.epochs[1].heads[0].labels), (2, 20));
    assert_eq!(history.epochs[1].validation, Some(evaluate(&model, &data).unwrap()));
    assert_eq!(history.ending.unwrap().to_string(), "stopped by a callback after epoch 2");
}

#[test]
fn the_ending_names_what_was_watched() {
    let data = dataset(30);
    let fit = |watch: fn(&TinyReport) -> f64| {
        let best = BestWeights::new(watch).maximize();
        trainer().epochs(3).batch_size(10).validation(&data).best_weights(best).fit(&mut model(1), &data).unwrap().ending.unwrap()
    };
    let quantity = |ending: Ending| (ending.reason, ending.restored.unwrap().quantity);
    assert_eq!(quantity(fit(|report| report.loss())), (Reason::Finished, Some("loss".into())));
    let (head, metric) = (fit(|report| report.heads()[0].loss), fit(|report| 2.0 * report.loss()));
    assert_eq!(quantity(head), (Reason::Finished, Some("`loss` of `level`".into())));
    // What is no number of the report has no name there.
    assert_eq!(quantity(metric.clone()), (Reason::Finished, None));
    assert!(metric.to_string().starts_with("finished after epoch 3, parameters of epoch "), "{metric}");
}

#[test]
fn the_history_has_the_weights_that_a_strategy_gave() {
    let data = dataset(20);
    let weights = |trainer: Trainer<'_, Tiny, Adam>| {
        let history = trainer.epochs(1).fit(&mut adapted(&data), &data).unwrap();
        [history.epochs[0].heads[0].weight, history.epochs[0].heads[1].weight]
    };
    assert_eq!(weights(trainer()), [0.5, 1.0]);
    assert_eq!(weights(trainer().weighting(crate::balance::FixedWeights::from_weights(&[0.25, 3.0]))), [0.25, 3.0]);
    assert_eq!(weights(trainer().direction(crate::balance::Mgda)), [1.0, 1.0]);
}

fn csv(history: &History<Tiny>) -> String {
    let mut text = vec![];
    history.write_csv(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

#[test]
fn a_history_prints_and_is_written() {
    let data = without_kinds(10);
    let mut history = trainer().epochs(2).validation(&data).fit(&mut adapted(&data), &data).unwrap();
    for epoch in &mut history.epochs {
        epoch.duration = core::time::Duration::from_millis(1500);
        (epoch.loss, epoch.heads[0].loss) = (0.25, 0.5);
        epoch.validation = epoch.validation.take().map(|report| Tiny::report(0.125, &[0.25, f64::NAN], &[report.level.1, 0], &Default::default()));
    }
    let line = "loss 0.2500 (level 0.5000, kind -)  validation 0.1250 (level 0.2500, kind -)  1.50 s";
    assert_eq!(format!("{history}"), format!("epoch 1/2  {line}\nepoch 2/2  {line}"));
    let lines = "epoch,learning_rate,seconds,loss,level_loss,kind_loss,validation_loss,validation_level_loss,validation_kind_loss,validation_kind_accuracy\n\
                 1,0.01,1.5,0.25,0.5,,0.125,0.25,,\n2,0.01,1.5,0.25,0.5,,0.125,0.25,,\n";
    assert_eq!(csv(&history), lines);
}
