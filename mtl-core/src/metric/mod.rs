//! Metrics: how good predictions are, measured over a whole data set.
//!
//! Binary metrics take probabilities `[f64; N]` of N independent labels 0 and 1, and call a label predicted where its probability is above 1/2.
//! Those of classes take one probability a class and the true class as [`u32`]; the class predicted is the most probable one.

mod accuracy;
mod auc;
mod confusion;
mod counts;
mod f1;
mod log_loss;
mod mae;
mod mape;
mod mse;
mod precision;
mod r2;
mod recall;
mod rmse;
mod top_k;

crate::every::every! {
    accuracy::Accuracy,
    auc::Auc,
    confusion::Confusion,
    f1::F1,
    log_loss::LogLoss,
    mae::Mae,
    mape::Mape,
    mse::Mse,
    precision::Precision,
    r2::R2,
    recall::Recall,
    rmse::Rmse,
    top_k::TopK,
}

pub use crate::better::Better;

use core::fmt::Debug;
use std::string::String;
use std::vec::Vec;

/// Predictions and targets of the samples that have a label for one head: as many of the one as of the other.
#[derive(Clone, Debug)]
pub struct Labelled<const N: usize, Y> {
    predictions: Vec<[f64; N]>,
    targets: Vec<Y>,
}

impl<const N: usize, Y> Default for Labelled<N, Y> {
    fn default() -> Self {
        Self { predictions: Vec::new(), targets: Vec::new() }
    }
}

impl<const N: usize, Y> FromIterator<([f64; N], Y)> for Labelled<N, Y> {
    fn from_iter<I: IntoIterator<Item = ([f64; N], Y)>>(pairs: I) -> Self {
        let (predictions, targets) = pairs.into_iter().unzip();
        Self { predictions, targets }
    }
}

impl<const N: usize, Y> Labelled<N, Y> {
    /// Adds a sample: the outputs of the head, and the target, `[f64; N]` or a class index as [`u32`].
    pub fn push(&mut self, prediction: [f64; N], target: Y) {
        self.predictions.push(prediction);
        self.targets.push(target);
    }

    /// How many samples there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.targets.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// Each prediction with its target.
    pub fn pairs(&self) -> impl Iterator<Item = (&[f64; N], &Y)> {
        self.predictions.iter().zip(&self.targets)
    }
}

/// A measure of predictions against targets of type `Y`: `[f64; N]`, or [`u32`] for classes.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not measure {N} outputs against targets of type `{Y}`",
    note = "take a metric that goes with the targets of the loss: `mae`, `mse`, `rmse`, `r2`, `mape` for numbers, `accuracy`, `top_k`, `log_loss`, `confusion` for classes"
)]
pub trait Metric<const N: usize, Y> {
    /// `f64`, or a table for `confusion`.
    type Value: MetricValue;
    /// Which of two values is the better one.
    const BETTER: Better;
    /// The metric as it is written in a model: `top_k(3)`. Reports, tables and files call it as its field is called, `top_3`.
    fn name(&self) -> String;
    /// Measures; NaN where the measure is not defined, as on no samples.
    fn measure(&self, labelled: &Labelled<N, Y>) -> Self::Value;
}

/// What a metric gives: how it stands in a report, and whether it is one number that training can watch.
pub trait MetricValue: Clone + Debug + PartialEq {
    /// The value, where it is a single number.
    fn number(&self) -> Option<f64>;
}

impl MetricValue for f64 {
    fn number(&self) -> Option<f64> {
        Some(*self)
    }
}

impl<const N: usize> MetricValue for [[u64; N]; N] {
    fn number(&self) -> Option<f64> {
        None
    }
}

/// A label's or a prediction's side of 1/2.
fn is_positive(value: f64) -> bool {
    value > 0.5
}

/// The number of the largest value, the first among equals; `None` where all are NaN.
fn most_probable(values: &[f64]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (class, &value) in values.iter().enumerate() {
        if !value.is_nan() && best.is_none_or(|(_, largest)| value > largest) {
            best = Some((class, value));
        }
    }
    best.map(|(class, _)| class)
}

/// The mean; NaN of nothing.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) = values.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    sum / count as f64
}

/// The mean of `term` over all outputs of all samples.
fn mean_over_outputs<const N: usize>(labelled: &Labelled<N, [f64; N]>, term: impl Fn(f64, f64) -> f64) -> f64 {
    mean(labelled.pairs().flat_map(|(predictions, targets)| predictions.iter().zip(targets)).map(|(&prediction, &target)| term(prediction, target)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn binary(scores: &[f64], labels: &[f64]) -> Labelled<1, [f64; 1]> {
        Labelled { predictions: scores.iter().map(|&score| [score]).collect(), targets: labels.iter().map(|&label| [label]).collect() }
    }

    #[test]
    fn auc_is_the_share_of_ordered_pairs() {
        let scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.4, 0.9, 0.0, -0.0];
        let labels = [0.0, 0.0, 1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 1.0];
        let (mut wins, mut pairs) = (0.0, 0.0);
        for (score, label) in scores.iter().zip(labels) {
            for (other, other_label) in scores.iter().zip(labels) {
                if label == 1.0 && other_label == 0.0 {
                    pairs += 1.0;
                    wins += if score > other { 1.0 } else { f64::from(score == other) / 2.0 };
                }
            }
        }
        assert!((Auc.measure(&binary(&scores, &labels)) - wins / pairs).abs() < 1e-15);
    }

    #[test]
    fn auc_of_one_kind_of_label_is_not_defined() {
        assert!(Auc.measure(&binary(&[0.1, 0.2], &[1.0, 1.0])).is_nan());
        assert!(Auc.measure(&binary(&[0.1, f64::NAN], &[0.0, 1.0])).is_nan());
        // The class 2 does not occur: the other two are averaged.
        let labelled = Labelled { predictions: vec![[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.5, 0.1, 0.4]], targets: vec![0_u32, 1, 1] };
        assert_eq!(Auc.measure(&labelled), f64::midpoint(1.0, 0.5));
    }

    #[test]
    fn nothing_measured_is_not_a_number() {
        let none = Labelled::<2, [f64; 2]>::default();
        for value in [
            Accuracy.measure(&none),
            Precision.measure(&none),
            Recall.measure(&none),
            F1.measure(&none),
            Auc.measure(&none),
            LogLoss.measure(&none),
            Mae.measure(&none),
            Mse.measure(&none),
            Rmse.measure(&none),
            R2.measure(&none),
            Mape.measure(&none),
        ] {
            assert!(value.is_nan());
        }
        let none = Labelled::<2, u32>::default();
        for value in [Accuracy.measure(&none), TopK::new(1).measure(&none), Precision.measure(&none), Recall.measure(&none), F1.measure(&none)] {
            assert!(value.is_nan());
        }
        assert_eq!(Confusion.measure(&none), [[0; 2]; 2]);
    }

    #[test]
    fn confusion_counts_truth_by_row() {
        let labelled = Labelled {
            predictions: vec![[0.7, 0.2, 0.1], [0.3, 0.3, 0.4], [0.5, 0.1, 0.4], [f64::NAN; 3], [f64::NAN, 0.1, 0.2]],
            targets: vec![0_u32, 1, 1, 2, 2],
        };
        assert_eq!(Confusion.measure(&labelled), [[1, 0, 0], [1, 0, 1], [0, 0, 1]]);
        let table = Confusion.measure(&binary(&[0.9, 0.2, 0.7, 0.4, 0.5], &[1.0, 1.0, 0.0, 0.0, 0.0]));
        assert_eq!(table, [[2, 1], [1, 1]]);
        assert_eq!(table.number(), None);
    }

    #[test]
    fn a_prediction_that_is_not_a_number_is_wrong() {
        assert_eq!(Accuracy.measure(&binary(&[f64::NAN, 0.2], &[0.0, 0.0])), 0.5);
        let labelled = Labelled { predictions: vec![[f64::NAN, f64::NAN], [0.1, 0.9]], targets: vec![0_u32, 1] };
        assert_eq!(Accuracy.measure(&labelled), 0.5);
        assert_eq!(TopK::new(2).measure(&labelled), 0.5);
    }

    #[test]
    fn r2_of_the_mean_is_zero_and_constants_take_no_part() {
        let labelled = Labelled { predictions: vec![[2.0, 1.0], [2.0, 7.0], [2.0, 5.0]], targets: vec![[1.0, 4.0], [2.0, 4.0], [3.0, 4.0]] };
        assert_eq!(R2.measure(&labelled), 0.0);
        assert!(R2.measure(&binary(&[0.1, 0.2], &[3.0, 3.0])).is_nan());
    }

    #[test]
    fn percentages_are_of_the_target() {
        assert!((Mape.measure(&binary(&[1.1, 1.0], &[1.0, 2.0])) - 30.0).abs() < 1e-12);
    }

    #[test]
    fn log_loss_is_bounded() {
        assert!((LogLoss.measure(&binary(&[0.0, 0.5], &[1.0, 0.0])) - (-(1e-7_f64.ln()) + core::f64::consts::LN_2) / 2.0).abs() < 1e-12);
        let labelled = Labelled { predictions: vec![[0.25, 0.75], [1.0, 0.0]], targets: vec![0_u32, 1] };
        assert!((LogLoss.measure(&labelled) - (-(0.25_f64.ln()) - 1e-7_f64.ln()) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn precision_and_recall_of_classes_are_means_over_all_classes() {
        let labelled =
            Labelled { predictions: vec![[0.9, 0.1, 0.0], [0.8, 0.2, 0.0], [0.3, 0.7, 0.0], [0.6, 0.4, 0.0]], targets: vec![0_u32, 1, 1, 0] };
        assert!((Precision.measure(&labelled) - (2.0 / 3.0 + 1.0) / 3.0).abs() < 1e-15);
        assert!((Recall.measure(&labelled) - (1.0 + 0.5) / 3.0).abs() < 1e-15);
        assert!((F1.measure(&labelled) - (0.8 + 2.0 / 3.0) / 3.0).abs() < 1e-6);
    }

    #[test]
    fn names_are_those_of_a_model() {
        assert_eq!(Metric::<5, u32>::name(&TopK::new(3)), "top_k(3)");
        assert_eq!(<Mae as Metric<1, [f64; 1]>>::BETTER, Better::Lower);
    }
}
