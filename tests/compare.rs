//! Whether sharing helped, on tasks of which it is known.

mod support;

use mtl::compare::{CompareError, Effect, TaskComparison, compare_single_task_on};
use mtl::data::Dataset;
use mtl::prelude::*;
use mtl::rand::RngExt;
use support::rng;

multitask! {
    struct Related {
        input x: [6];
        shared body = x -> Dense(16, tanh) -> Dense(8, tanh);
        head rich = body -> Dense(1) { loss: mse, metrics: [mae] }
        head poor = body -> Dense(1) { loss: mse, labels: partial, weight: 0.5, metrics: [r2, rmse] }
        head kind = body -> Dense(2, softmax) { loss: categorical_cross_entropy }
    }
}

/// `poor` has few labels and is what `rich` is; `kind` is its sign.
fn data(count: usize, labelled: usize, seed: u64) -> Dataset<Related> {
    let mut rng = rng(seed);
    let rows = (0..count).map(|row| {
        let x: [f32; 6] = core::array::from_fn(|_| rng.random_range(-1.0..1.0));
        let y = (2.0 * x[0] * x[1] + x[2] * x[2] - x[3]).tanh() + (x[4] * 3.0).sin();
        (RelatedInputs { x }, RelatedTargets { rich: y, poor: (row < labelled).then_some(y), kind: usize::from(y > 0.0) })
    });
    Dataset::from_rows(rows).unwrap()
}

fn compare(threads: usize, seeds: &[u64]) -> Result<TaskComparison, CompareError> {
    compare_single_task_on(threads, &data(300, 24, 1), &data(200, 200, 2), seeds, || Trainer::new(Adam::new(0.01)).epochs(30).batch_size(32))
}

#[test]
fn a_head_with_few_labels_gains_from_one_with_many() {
    let comparison = compare(2, &[1, 2, 3, 4, 5, 6]).unwrap();
    assert_eq!(comparison.head("poor").unwrap().effect(), Effect::Gains, "{comparison}");
    let poor = comparison.head("poor").unwrap();
    assert_eq!(poor.metrics.iter().map(|metric| metric.name).collect::<Vec<_>>(), ["loss", "r2", "rmse"]);
    assert_eq!(poor.measures().count(), 2);
    assert_eq!(comparison.head("kind").unwrap().measures().map(|metric| metric.name).collect::<Vec<_>>(), ["loss"]);
    // They are one task: their gradients point the same way, and there is nothing between them beside the body.
    let cosine = &comparison.cosines[0];
    assert_eq!((cosine.left, cosine.right, cosine.block), ("rich", "poor", "body"));
    assert_eq!((cosine.by_epoch.len(), comparison.cosines.len()), (31, 3));

    // The figures in the table are those of the data.
    let rich = &comparison.heads[0].metrics[1];
    let improvement = rich.alone.iter().zip(&rich.shared).map(|(alone, shared)| (alone - shared) / alone).sum::<f64>() / 6.0;
    assert!((comparison.heads[0].improvement().mean - improvement).abs() < 1e-12);
    let mean = comparison.heads.iter().map(|head| head.improvement().mean).sum::<f64>() / 3.0;
    assert!((comparison.delta_m().mean - mean).abs() < 1e-12);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let one = compare(1, &[1, 2]).unwrap();
    assert_eq!(compare(3, &[1, 2]).unwrap(), one);
    assert_eq!(compare(100, &[1, 2]).unwrap(), one);
    // Nor does the company of other seeds.
    assert_eq!(compare(1, &[2]).unwrap().heads[0].metrics[0].alone[0], one.heads[0].metrics[0].alone[1]);
}

#[test]
fn a_run_alone_is_that_of_a_trainer_of_one_head() {
    let comparison = compare(1, &[5]).unwrap();
    let (train, test) = (data(300, 24, 1), data(200, 200, 2));
    let mut model = Related::boxed(&mut rng(5));
    Trainer::new(Adam::new(0.01)).epochs(30).batch_size(32).seed(5).quiet().heads(["rich"]).fit(&mut *model, &train).unwrap();
    let rich = &comparison.heads[0].metrics[1];
    assert_eq!(rich.alone[0], evaluate(&*model, &test).unwrap().rich.mae);
    assert!(rich.alone[0] != rich.shared[0]);
}

#[test]
fn table_csv_and_plot_say_the_same() {
    let comparison = compare(2, &[1, 2]).unwrap();
    let table = comparison.to_string();
    assert!(table.starts_with("head") && table.contains("all heads (Δ_m)") && table.contains("rich, poor"), "{table}");
    let mut csv = Vec::new();
    comparison.write_csv(&mut csv).unwrap();
    let csv = String::from_utf8(csv).unwrap();
    assert_eq!(csv.lines().count(), 1 + 2 * (2 + 3 + 1));
    assert!(csv.contains(&format!("1,rich,mae,lower,{},", comparison.heads[0].metrics[1].alone[0])), "{csv}");
    let mut cosines = Vec::new();
    comparison.write_cosines_csv(&mut cosines).unwrap();
    assert_eq!(String::from_utf8(cosines).unwrap().lines().count(), 1 + 3 * 31);
}

#[test]
fn failures_name_the_run() {
    assert!(matches!(compare(1, &[]), Err(CompareError::NoSeeds)));
    let broken =
        compare_single_task_on(2, &data(20, 20, 1), &data(10, 10, 2), &[7], || Trainer::new(Adam::new(0.01)).batch_size(0)).unwrap_err().to_string();
    assert_eq!(broken, "all heads, seed 7: `Trainer::batch_size` is 0, but it must be at least 1");
    // The same runs twice would make the interval look narrow.
    assert!(matches!(compare(1, &[7, 8, 7]), Err(CompareError::RepeatedSeed { seed: 7 })));
    let idle = compare_single_task_on(0, &data(20, 20, 1), &data(10, 10, 2), &[7], || Trainer::new(Adam::new(0.01)));
    assert!(matches!(idle, Err(CompareError::Setting(_))));
    let nothing = compare_single_task_on(1, &data(20, 0, 1), &data(10, 10, 2), &[7], || Trainer::new(Adam::new(0.01))).unwrap_err().to_string();
    assert!(nothing.starts_with("the head `poor` alone, seed 7"), "{nothing}");
}

#[test]
fn a_head_that_joins_later_is_trained_alone_for_as_many_epochs() {
    let (train, test) = (data(200, 200, 1), data(100, 100, 2));
    let trainer = || Trainer::new(Adam::new(0.01)).epochs(12).batch_size(32).head_from("poor", 5).head_from("kind", 12);
    let comparison = compare_single_task_on(2, &train, &test, &[5], trainer).unwrap();
    for (head, epochs) in [("rich", 12), ("poor", 8), ("kind", 1)] {
        let mut model = Related::boxed(&mut rng(5));
        Trainer::new(Adam::new(0.01)).epochs(epochs).batch_size(32).seed(5).quiet().heads([head]).fit(&mut *model, &train).unwrap();
        let report = evaluate(&*model, &test).unwrap().heads();
        let loss = report.iter().find(|row| row.head == head).unwrap().loss;
        assert!((comparison.head(head).unwrap().metrics[0].alone[0] - loss).abs() < 1e-5 * loss, "{head}");
    }
    // All together means all, whatever the trainer says of some.
    let few = compare_single_task_on(2, &train, &test, &[5], || trainer().heads(["rich"])).unwrap();
    assert_eq!(few.heads[1].metrics[0].shared, comparison.heads[1].metrics[0].shared);
    let never = compare_single_task_on(2, &train, &test, &[5], || trainer().head_from("poor", 13));
    assert!(matches!(never, Err(CompareError::NeverTrained { head: "poor" })), "{never:?}");
}

#[test]
fn a_panic_in_a_run_comes_out_as_it_is() {
    let run = || -> Trainer<'static, Related, Adam> { panic!("out of order") };
    let panic = std::panic::catch_unwind(|| compare_single_task_on(3, &data(20, 20, 1), &data(10, 10, 2), &[1, 2], run)).unwrap_err();
    assert_eq!(panic.downcast_ref::<&str>(), Some(&"out of order"));
}
