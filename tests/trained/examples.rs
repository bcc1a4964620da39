//! The examples keep what the table in the README says of them, with shorter training where the whole takes long.

#![allow(clippy::duplicate_mod, reason = "each example brings the module that all of them share")]

use mtl::report::Report;

#[path = "../../examples/convolution.rs"]
mod convolution;
#[path = "../../examples/custom.rs"]
mod custom;
#[path = "../../examples/digits/model.rs"]
mod digits;
#[path = "../../examples/elderly_care.rs"]
mod elderly_care;
#[path = "../../examples/forecast.rs"]
mod forecast;
#[path = "../../examples/healthcare.rs"]
mod healthcare;
#[path = "../../examples/labour.rs"]
mod labour;
#[path = "../../examples/penguins.rs"]
mod penguins;
#[path = "../../examples/two_inputs.rs"]
mod two_inputs;
#[path = "../../examples/weather.rs"]
mod weather;

#[track_caller]
fn at_least(what: &str, value: f64, bound: f64) {
    assert!(value >= bound, "{what} is {value}, and should be {bound} or more");
}

#[track_caller]
fn at_most(what: &str, value: f64, bound: f64) {
    assert!(value <= bound, "{what} is {value}, and should be {bound} or less");
}

#[test]
fn digits_are_read() {
    // A tenth of the epochs of the example.
    let report = digits::run(1, 6).unwrap();
    at_least("digit accuracy", report.digit.accuracy, 0.97);
    at_least("odd accuracy", report.odd.accuracy, 0.97);
    at_least("loops accuracy", report.loops.accuracy, 0.97);
    let confusion = report.digit.confusion;
    let right: u64 = (0..10).map(|digit| confusion[digit][digit]).sum();
    assert_eq!(right as f64 / 360.0, report.digit.accuracy);
}

#[test]
fn digits_are_seen() {
    // A tenth of the epochs of the example.
    let report = convolution::run(1, 3).unwrap();
    at_least("digit accuracy", report.digit.accuracy, 0.97);
    at_least("odd accuracy", report.odd.accuracy, 0.97);
    at_least("loops accuracy", report.loops.accuracy, 0.97);
}

#[test]
fn patients() {
    let [report, new] = healthcare::run(1, 20).unwrap();
    at_least("AUC of limited", report.limited.auc, 0.75);
    at_least("health accuracy", report.health.accuracy, 0.56);
    at_most("MAE of visits", report.visits.mae, 2.59);
    assert_eq!((report.limited.labels, report.health.labels), (4025, 4221));
    assert_eq!(new.health.labels, 230);
}

#[test]
fn weather_of_tomorrow() {
    let report = weather::run(1, 120).unwrap();
    at_most("MAE of the high", report.high.mae, 2.06);
    at_most("MAE of the low", report.low.mae, 1.36);
    at_least("AUC of wet", report.wet.auc, 0.775);
    at_least("wet accuracy", report.wet.accuracy, 0.70);
    at_least("accuracy of the kind", report.tomorrow.accuracy, 0.63);
}

#[test]
fn weather_of_tomorrow_from_a_week() {
    let report = forecast::run(1, 120).unwrap();
    at_most("MAE of the high", report.high.mae, 2.07);
    at_most("MAE of the low", report.low.mae, 1.34);
    at_least("AUC of wet", report.wet.auc, 0.78);
    at_least("wet accuracy", report.wet.accuracy, 0.705);
    at_least("accuracy of the kind", report.tomorrow.accuracy, 0.62);
}

#[test]
fn penguins_with_missing_labels() {
    let report = penguins::run(1, 60).unwrap();
    at_least("species accuracy", report.species.accuracy, 0.97);
    at_least("sex accuracy", report.sex.accuracy, 0.87);
    at_most("MAE of the mass", report.mass.mae, 295.0);
    at_least("R² of delta15n", report.delta15n.r2, 0.65);
    at_least("R² of delta13c", report.delta13c.r2, 0.75);
}

#[test]
fn elderly_persons_by_name() {
    let report = elderly_care::run(1).unwrap();
    at_least("AUC of a stay", report.stayed.auc, 0.6795);
    at_least("AUC of health", report.health.auc, 0.7583);
    at_most("log loss of health", report.health.log_loss, 0.5356);
    at_most("MAE of visits", report.visits.mae, 4.317);
}

#[test]
fn wages_and_education_with_missing_labels() {
    let report = labour::run(1).unwrap();
    at_most("MAE of wages", report.wages.mae, 5.248);
    at_least("R² of wages", report.wages.r2, 0.236);
    at_most("MAE of education", report.education.mae, 2.365);
    at_least("R² of education", report.education.r2, 0.145);
    assert_eq!((report.wages.labels, report.education.labels), (788, 1439));
}

#[test]
fn two_inputs_beat_one() {
    let (two, one) = (two_inputs::run(1, 10).unwrap(), two_inputs::run_on_one(1, 10).unwrap());
    at_least("health accuracy", two.health.accuracy, one.health.accuracy + 0.01);
    at_most("log loss of health", two.health.log_loss, one.health.log_loss - 0.02);
    at_least("R² of visits", two.visits.r2, one.visits.r2 + 0.03);
}

#[test]
fn a_layer_an_activation_and_a_loss_of_ones_own() {
    let report = custom::run(1, 60).unwrap();
    at_most("MAE of the high", report.high.mae, 2.24);
    at_most("MAE of the low", report.low.mae, 1.42);
    // The coldest that a night may be is not what it will be.
    at_least("MAE of the coldest", report.coldest.mae, report.low.mae + 0.3);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    fn bits(report: &impl Report) -> Vec<u64> {
        std::iter::once(report.loss()).chain(report.heads().iter().map(|head| head.loss)).map(f64::to_bits).collect()
    }
    let [first, second, other] = [7, 7, 8].map(|seed| bits(&penguins::run(seed, 5).unwrap()));
    assert_eq!(first, second);
    assert_ne!(first, other);
}
