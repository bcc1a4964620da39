//! Metrics against Keras in double precision (`reference/metrics.json`, made by `reference/generate.py`).

mod reference;

use mtl_core::metric::{Accuracy, F1, Labelled, Mae, Metric, Mse, Precision, R2, Recall, Rmse, TopK};
use reference::{Reference, assert_close};

fn check(reference: &Reference, name: &str, metric: impl Metric<4, [f64; 4], Value = f64>) {
    let case = reference.case("metric", name);
    let labelled: Labelled<4, [f64; 4]> = case.rows::<4>("prediction").into_iter().zip(case.rows::<4>("target")).collect();
    assert_close(metric.measure(&labelled), case.number("value"), 1e-9, name);
}

fn check_classes(reference: &Reference, name: &str, metric: impl Metric<4, u32, Value = f64>) {
    let case = reference.case("metric", name);
    let class = |row: &[f64; 4]| row.iter().position(|&value| value == 1.0).expect("a one-hot row") as u32;
    let labelled: Labelled<4, u32> = case.rows::<4>("prediction").into_iter().zip(case.rows::<4>("target").iter().map(class)).collect();
    assert_close(metric.measure(&labelled), case.number("value"), 1e-9, name);
}

#[test]
fn metrics_are_keras_s() {
    let reference = Reference::load("metrics");
    check_classes(&reference, "accuracy(categorical)", Accuracy);
    check_classes(&reference, "top_k(2)", TopK::new(2));
    check_classes(&reference, "f1_score(macro)", F1);
    check(&reference, "accuracy(binary)", Accuracy);
    check(&reference, "precision", Precision);
    check(&reference, "recall", Recall);
    check(&reference, "mean_absolute_error", Mae);
    check(&reference, "mean_squared_error", Mse);
    check(&reference, "root_mean_squared_error", Rmse);
    check(&reference, "r2_score(uniform)", R2);
    assert_eq!(reference.len(), 10, "every case of the file is checked");
}
