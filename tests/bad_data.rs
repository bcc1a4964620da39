//! What is wrong with data is a typed error or does no harm: through a generated model, from the row to the trained parameters.

use mtl::data::DataError;
use mtl::loss::TargetError;
use mtl::prelude::*;
use mtl::rand::SeedableRng;
use mtl::rand::rngs::Xoshiro256PlusPlus;
use mtl::trainer::TrainError;

multitask! {
    struct Guard {
        input point: [2];
        input group: class(3);
        shared body = (point -> Normalize, group -> OneHot) -> Concat -> Dense(8, relu) -> Dropout(0.1);
        head level = body -> Dense(1) { loss: mse, metrics: [mae] }
        head flag = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial, metrics: [accuracy, auc] }
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, labels: partial, metrics: [accuracy] }
    }
}

type Row = (GuardInputs, GuardTargets);

/// A valid row; every third has no flag.
fn row(number: usize) -> Row {
    let x = number as f32 / 10.0;
    let flag = (!number.is_multiple_of(3)).then_some((number % 2) as f32);
    (GuardInputs { point: [x, 1.0 - x], group: number % 3 }, GuardTargets { level: 2.0 * x, flag, kind: Some(number % 3) })
}

fn rows(count: usize) -> Dataset<Guard> {
    Dataset::from_rows((0..count).map(row)).unwrap()
}

fn model() -> Guard {
    Guard::new(&mut Xoshiro256PlusPlus::seed_from_u64(1))
}

fn trainer<'a>() -> Trainer<'a, Guard, Adam> {
    Trainer::new(Adam::new(1e-2)).epochs(3).batch_size(8).quiet()
}

/// The error for a row after a valid one.
fn error_of(row_1: Row) -> DataError {
    Dataset::<Guard>::from_rows([row(0), row_1]).unwrap_err()
}

#[test]
fn an_empty_dataset() {
    let (mut model, empty) = (model(), Dataset::<Guard>::new());
    assert!(matches!(trainer().fit(&mut model, &empty), Err(TrainError::NoData)));
    assert!(matches!(trainer().validation(&empty).fit(&mut model, &rows(9)), Err(TrainError::NoValidationData)));
    assert!(matches!(evaluate(&model, &empty), Err(DataError::Empty)));
    assert!(matches!(adapt(&mut model, &empty), Err(DataError::Empty)));
    assert!(matches!(empty.k_fold(2, 1), Err(DataError::InvalidFolds { folds: 2, rows: 0 })));
}

#[test]
fn a_class_index_out_of_range() {
    let (inputs, targets) = row(1);
    let error = error_of((GuardInputs { group: 3, ..inputs }, targets));
    assert!(matches!(
        error,
        DataError::InvalidInput { row: 1, input: "group", column: None, problem: TargetError::ClassOutOfRange { class: 3, classes: 3 } }
    ));
    let error = error_of((inputs, GuardTargets { kind: Some(usize::MAX), ..targets }));
    assert!(matches!(error, DataError::InvalidTarget { row: 1, head: "kind", problem: TargetError::ClassOutOfRange { classes: 3, .. } }));
}

#[test]
fn predicting_for_a_class_that_there_is_not_gives_nan() {
    let outputs = model().predict(&GuardInputs { point: [0.5, 0.5], group: 99 });
    assert!(outputs.level.is_nan() && outputs.flag.is_nan() && outputs.kind.iter().all(|value| value.is_nan()));
}

#[test]
fn numbers_that_are_not_finite() {
    for x in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let (inputs, targets) = row(1);
        let error = error_of((GuardInputs { point: [0.0, x], ..inputs }, targets));
        assert!(matches!(error, DataError::InvalidInput { row: 1, input: "point", column: None, problem: TargetError::NotFinite { .. } }), "{error}");
        let error = error_of((inputs, GuardTargets { level: x, ..targets }));
        assert!(matches!(error, DataError::InvalidTarget { row: 1, head: "level", problem: TargetError::NotFinite { .. } }), "{error}");
        let error = error_of((inputs, GuardTargets { flag: Some(x), ..targets }));
        assert!(matches!(error, DataError::InvalidTarget { row: 1, head: "flag", .. }), "{error}");
    }
}

#[test]
fn a_target_that_the_loss_is_not_defined_for() {
    let (inputs, targets) = row(1);
    let error = error_of((inputs, GuardTargets { flag: Some(1.5), ..targets }));
    assert!(matches!(error, DataError::InvalidTarget { row: 1, head: "flag", problem: TargetError::OutOfRange { .. } }), "{error}");
}

#[test]
fn a_batch_larger_than_the_data_is_the_whole_of_them() {
    let (mut large, mut exact) = (model(), model());
    trainer().batch_size(usize::MAX).fit(&mut large, &rows(10)).unwrap();
    trainer().batch_size(10).fit(&mut exact, &rows(10)).unwrap();
    assert_eq!(large, exact);
    let none = trainer().batch_size(0).fit(&mut large, &rows(10));
    assert!(matches!(none, Err(TrainError::Setting(mtl::InvalidSetting { setting: "Trainer::batch_size", .. }))));
}

#[test]
fn zero_epochs_change_nothing() {
    let mut trained = model();
    let history = trainer().epochs(0).fit(&mut trained, &rows(10)).unwrap();
    assert!(history.epochs.is_empty());
    assert_eq!(trained, model());
}

#[test]
fn a_split_of_nothing() {
    assert!(matches!(Dataset::<Guard>::new().split(0.5, 1), Err(DataError::Empty)));
    for fraction in [0.0, 1.0, -1.0, f64::NAN] {
        assert!(matches!(rows(10).split(fraction, 1), Err(DataError::EmptySplit { rows: 10, .. })), "{fraction}");
        let error = trainer().validation_fraction(fraction).fit(&mut model(), &rows(10)).unwrap_err();
        assert!(matches!(error, TrainError::Validation(DataError::EmptySplit { .. })), "{error}");
    }
    assert!(matches!(rows(1).split(0.5, 1), Err(DataError::EmptySplit { rows: 1, .. })));
}

#[test]
fn a_head_without_a_label_in_the_data_is_not_trained_and_does_no_harm() {
    let unlabelled = |number| {
        let (inputs, targets) = row(number);
        (inputs, GuardTargets { flag: None, ..targets })
    };
    let data = Dataset::<Guard>::from_rows((0..30).map(unlabelled)).unwrap();
    let mut trained = model();
    let history = trainer().fit(&mut trained, &data).unwrap();
    assert_eq!(trained.flag, model().flag);
    assert_ne!(trained.level, model().level);
    let epoch = history.last().unwrap();
    assert!(epoch.loss.is_finite() && epoch.head_loss("flag").unwrap().is_nan());
    let report = evaluate(&trained, &data).unwrap();
    assert!(report.loss().is_finite() && report.flag.loss.is_nan() && report.flag.accuracy.is_nan() && report.flag.auc.is_nan());
    assert_eq!((report.flag.labels, report.kind.labels), (0, 30));
}

#[test]
fn a_head_without_a_label_in_a_batch_waits_for_the_next() {
    // One sample a batch: a third of the batches have no flag.
    let mut trained = model();
    let history = trainer().batch_size(1).fit(&mut trained, &rows(12)).unwrap();
    let epoch = history.last().unwrap();
    assert!(epoch.heads.iter().all(|head| head.loss.is_finite()));
    assert_eq!(epoch.heads.iter().map(|head| head.labels).collect::<Vec<_>>(), [12, 8, 12]);
    assert_ne!(trained.flag, model().flag);
}

#[test]
fn what_cannot_be_read_names_the_line_and_the_column() {
    type Line = (f32, usize, f32);
    let read = |text: &str| {
        Dataset::<Guard>::from_csv_reader_rows(text.as_bytes(), |(x, group, level): Line| {
            (GuardInputs { point: [x, x], group }, GuardTargets { level, flag: None, kind: None })
        })
    };
    assert_eq!(read("x,group,level\n1,2,3\n").unwrap().len(), 1);
    assert!(read("x,group,level\n").unwrap().is_empty());
    assert!(read("").unwrap_err().to_string().starts_with("CSV, line 1: the file is empty"));
    assert_eq!(
        read("x,group,level\n1,2,3\n1,two,3\n").unwrap_err().to_string(),
        "CSV, line 3: column `group`, cell `two`: invalid digit found in string"
    );
    let error = read("x,group,level\n1,2,3\n1,7,3\n").unwrap_err().to_string();
    assert_eq!(error, "CSV, line 3: row 1: input `group`: class 7 is out of range: there are 3 classes, 0 to 2");
    assert!(matches!(Dataset::<Guard>::from_csv_rows("no/such/file.csv", |_: Line| row(0)), Err(DataError::Open { .. })));
}
