//! Metrics against Keras in double precision (`reference/metrics.json`, made by `tests/reference/generate.py` of the workspace).

use crate::reference::{Reference, assert_close};
use mtl_core::metric::{Accuracy, Every, F1, Labelled, Mae, Metric, Mse, Precision, R2, Recall, Rmse, TopK};

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
    for metric in Every::ALL {
        match metric {
            Every::Accuracy => {
                check_classes(&reference, "accuracy(categorical)", Accuracy);
                check(&reference, "accuracy(binary)", Accuracy);
            }
            Every::TopK => check_classes(&reference, "top_k(2)", TopK::new(2)),
            Every::F1 => check_classes(&reference, "f1_score(macro)", F1),
            Every::Precision => check(&reference, "precision", Precision),
            Every::Recall => check(&reference, "recall", Recall),
            Every::Mae => check(&reference, "mean_absolute_error", Mae),
            Every::Mse => check(&reference, "mean_squared_error", Mse),
            Every::Rmse => check(&reference, "root_mean_squared_error", Rmse),
            Every::R2 => check(&reference, "r2_score(uniform)", R2),
            // Not one number, or not as in Keras: the unit tests have their formulas.
            Every::Auc | Every::Confusion | Every::LogLoss | Every::Mape => {}
        }
    }
    assert_eq!(reference.len(), 10, "every case of the file is checked");
}
