//! What is reported does not change with weights that are for training; labels are counted by class.

use mtl::Flat;
use mtl::data::Dataset;
use mtl::prelude::*;
use mtl::rand::RngExt;
use mtl::report::Report;

multitask! {
    #[int8]
    struct Weighted {
        input x: [3];
        shared body = x -> Dense(8, tanh);
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, class_weights: [1, 5, 0.5], label_smoothing: 0.1 }
        head focus = body -> Dense(3, softmax) { loss: categorical_focal(2), class_weights: [1, 5, 0.5] }
        head flag = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, class_weights: [1, 20], labels: partial }
        head flags = body -> Dense(2, sigmoid) { loss: binary_focal(2), class_weights: [3, 20] }
        head side = body -> Dense(1, tanh) { loss: hinge }
    }
}

multitask! {
    #[int8]
    struct Plain {
        input x: [3];
        shared body = x -> Dense(8, tanh);
        head kind = body -> Dense(3, softmax) { loss: categorical_cross_entropy, label_smoothing: 0.1 }
        head focus = body -> Dense(3, softmax) { loss: categorical_focal(2) }
        head flag = body -> Dense(1, sigmoid) { loss: binary_cross_entropy, labels: partial }
        head flags = body -> Dense(2, sigmoid) { loss: binary_focal(2) }
        head side = body -> Dense(1, tanh) { loss: hinge }
    }
}

const ROWS: usize = 70;

fn row(number: usize) -> ([f32; 3], usize, Option<f32>, [f32; 2], f32) {
    let mut rng = mtl::seeded(number as u64);
    let x = core::array::from_fn(|_| rng.random_range(-1.0..1.0_f32));
    let flag = (!number.is_multiple_of(4)).then(|| f32::from(u8::from(x[1] > 0.5)));
    (x, usize::from(x[0] > 0.0) + usize::from(x[0] > 0.6), flag, [flag.unwrap_or(0.0), f32::from(u8::from(x[2] > 0.0))], x[1].signum())
}

fn weighted() -> Dataset<Weighted> {
    let rows = (0..ROWS).map(row).map(|(x, kind, flag, flags, side)| {
        let targets = WeightedTargets { kind, focus: kind, flag, flags, side };
        (WeightedInputs { x }, targets)
    });
    Dataset::from_rows(rows).unwrap()
}

fn plain() -> Dataset<Plain> {
    let rows = (0..ROWS).map(row).map(|(x, kind, flag, flags, side)| {
        let targets = PlainTargets { kind, focus: kind, flag, flags, side };
        (PlainInputs { x }, targets)
    });
    Dataset::from_rows(rows).unwrap()
}

fn losses(report: &impl Report) -> Vec<f64> {
    report.heads().iter().map(|row| row.loss).chain([report.loss()]).collect()
}

#[test]
fn class_weights_count_in_training_alone() {
    let (with, without): (Box<Weighted>, Box<Plain>) = (Weighted::boxed(&mut mtl::seeded(1)), Plain::boxed(&mut mtl::seeded(1)));
    assert_eq!(with.as_slice(), without.as_slice());
    assert_eq!(losses(&evaluate(&*with, &weighted()).unwrap()), losses(&evaluate(&*without, &plain()).unwrap()));
    let small = WeightedInt8::quantize(&with, &weighted()).unwrap().evaluate(&weighted()).unwrap();
    assert_eq!(losses(&small), losses(&PlainInt8::quantize(&without, &plain()).unwrap().evaluate(&plain()).unwrap()));

    // In training they do count: in the loss that is minimised and reported, and not in the validation.
    let (data, plain_data) = (weighted(), plain());
    let (mut with, mut without) = (with, without);
    let still = Trainer::new(Sgd::new(0.0)).quiet().validation(&data).fit(&mut *with, &data).unwrap();
    let plain_still = Trainer::new(Sgd::new(0.0)).quiet().validation(&plain_data).fit(&mut *without, &plain_data).unwrap();
    let (epoch, plain_epoch) = (&still.epochs[0], &plain_still.epochs[0]);
    for head in ["kind", "focus", "flag", "flags"] {
        assert!(epoch.head_loss(head).unwrap() > 1.3 * plain_epoch.head_loss(head).unwrap(), "{head}");
    }
    assert_eq!(epoch.head_loss("side"), plain_epoch.head_loss("side"));
    assert_eq!(losses(epoch.validation.as_ref().unwrap()), losses(plain_epoch.validation.as_ref().unwrap()));
    // Smoothing is part of the loss.
    let smoothed = evaluate(&*without, &plain_data).unwrap().kind.loss;
    assert!(smoothed > 0.1);
    Trainer::new(Sgd::new(0.1)).quiet().fit(&mut *with, &data).unwrap();
    Trainer::new(Sgd::new(0.1)).quiet().fit(&mut *without, &plain_data).unwrap();
    assert!(with.as_slice() != without.as_slice());
}

#[test]
fn labels_are_counted_by_class() {
    let data = weighted();
    let count = |of: &dyn Fn(usize) -> bool| (0..ROWS).filter(|&number| of(number)).count();
    let labels = data.labels("flag").unwrap();
    assert_eq!(labels.classes, [count(&|number| row(number).2 == Some(0.0)), count(&|number| row(number).2 == Some(1.0))]);
    assert_eq!(labels.classes.iter().sum::<usize>(), labels.present);
    assert_eq!(data.labels("side").unwrap().classes, [count(&|number| row(number).4 < 0.0), count(&|number| row(number).4 > 0.0)]);
    assert_eq!(data.labels("kind").unwrap().classes.len(), 3);
    assert!(data.labels("flags").unwrap().classes.is_empty());
    assert_eq!(Dataset::<Weighted>::new().labels("flag").unwrap().classes, [0, 0]);
}
