//! Losses against Keras in double precision (`reference/losses.json`, made by `tests/reference/generate.py` of the workspace).

use crate::reference::{Reference, assert_close};
use mtl_core::loss::{
    BinaryCrossEntropy, BinaryFocal, CategoricalCrossEntropy, CategoricalFocal, Class, Every, Hinge, Huber, KlDivergence, LogCosh, Loss, Mae, Mse,
    Msle, Poisson, SquaredHinge,
};

type Row = [f64; 4];

/// A loss of the outputs against a case: `logits` recovers the output that the loss takes from Keras's prediction,
/// `chain` turns Keras's gradient with respect to the prediction into the one with respect to that.
fn check<L: Loss<4, f64>>(
    reference: &Reference,
    name: &str,
    loss: L,
    target: impl Fn(Row) -> L::Target,
    logits: impl Fn(Row) -> Row,
    chain: impl Fn(Row, Row) -> Row,
) {
    let case = reference.case("loss", name);
    let (predictions, targets, gradients) = (case.rows::<4>("prediction"), case.rows::<4>("target"), case.rows::<4>("gradient"));
    let samples = predictions.len() as f64;
    let mut sum = 0.0;
    for ((&prediction, &row), &expected) in predictions.iter().zip(&targets).zip(&gradients) {
        let target = target(row);
        assert_eq!(loss.check(&target), Ok(()), "{name}");
        let mut gradient = [f64::NAN; 4];
        sum += loss.evaluate(&logits(prediction), &target, &mut gradient);
        for (value, expected) in gradient.iter().zip(chain(prediction, expected)) {
            assert_close(value / samples, expected, 1e-9, &format!("gradient of {name}"));
        }
    }
    // TensorFlow rounds the ln 2 of `log_cosh` to single precision, also in double.
    let rounding = if name == "log_cosh" { f64::from(std::f32::consts::LN_2) - std::f64::consts::LN_2 } else { 0.0 };
    assert_close(sum / samples - rounding, case.number("value"), 1e-9, name);
}

fn same(row: Row) -> Row {
    row
}

fn unchanged(_: Row, gradient: Row) -> Row {
    gradient
}

fn class(row: Row) -> Class<4> {
    Class { index: row.iter().position(|&value| value == 1.0).expect("a one-hot row") as u32 }
}

fn logit(row: Row) -> Row {
    row.map(|p| (p / (1.0 - p)).ln())
}

fn through_sigmoid(prediction: Row, gradient: Row) -> Row {
    std::array::from_fn(|row| gradient[row] * prediction[row] * (1.0 - prediction[row]))
}

fn through_softmax(prediction: Row, gradient: Row) -> Row {
    let mean: f64 = prediction.iter().zip(&gradient).map(|(p, g)| p * g).sum();
    std::array::from_fn(|row| prediction[row] * (gradient[row] - mean))
}

#[test]
fn losses_are_keras_s() {
    let file = Reference::load("losses");
    let file = &file;
    let logs = |row: Row| row.map(f64::ln);
    for loss in Every::ALL {
        match loss {
            Every::Mse => check(file, "mean_squared_error", Mse::new(), same, same, unchanged),
            Every::Mae => check(file, "mean_absolute_error", Mae::new(), same, same, unchanged),
            Every::Huber => {
                check(file, "huber(delta=1)", Huber::new(1.0), same, same, unchanged);
                check(file, "huber(delta=0.3)", Huber::new(0.3), same, same, unchanged);
            }
            Every::LogCosh => check(file, "log_cosh", LogCosh::new(), same, same, unchanged),
            Every::Poisson => check(file, "poisson", Poisson::new(), same, same, unchanged),
            Every::Msle => check(file, "mean_squared_logarithmic_error", Msle::new(), same, same, unchanged),
            Every::KlDivergence => check(file, "kl_divergence", KlDivergence::new(), same, same, unchanged),
            Every::Hinge => check(file, "hinge", Hinge::new(), same, same, unchanged),
            Every::SquaredHinge => check(file, "squared_hinge", SquaredHinge::new(), same, same, unchanged),
            Every::BinaryCrossEntropy => {
                let (plain, smooth) = (BinaryCrossEntropy::new(), BinaryCrossEntropy::new().label_smoothing(0.1));
                check(file, "binary_cross_entropy", plain, same, logit, through_sigmoid);
                check(file, "binary_cross_entropy(label_smoothing=0.1)", smooth, same, logit, through_sigmoid);
            }
            Every::BinaryFocal => check(file, "binary_focal(gamma=2)", BinaryFocal::new(2.0), same, logit, through_sigmoid),
            Every::CategoricalCrossEntropy => {
                let (plain, smooth) = (CategoricalCrossEntropy::new(), CategoricalCrossEntropy::new().label_smoothing(0.1));
                check(file, "categorical_cross_entropy", plain, class, logs, through_softmax);
                check(file, "categorical_cross_entropy(label_smoothing=0.1)", smooth, class, logs, through_softmax);
            }
            Every::CategoricalFocal => {
                check(file, "categorical_focal(gamma=2,alpha=1)", CategoricalFocal::new(2.0), class, logs, through_softmax);
            }
            // Keras has no such loss: the unit tests compare its gradient with differences.
            Every::Quantile => {}
        }
    }
    assert_eq!(file.len(), 17, "every case of the file is checked but `cosine_similarity`, which is not a loss of the language");
}
