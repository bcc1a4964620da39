//! Area under the receiver operating characteristic.

use super::{Better, Labelled, Metric, is_positive, mean};
use std::string::String;
use std::vec::Vec;

/// The area under the receiver operating characteristic: the probability that a positive sample has a higher score than a negative one, ties counting half.
///
/// Exact, by ranks (Mann, Whitney 1947), not by thresholds. Of several outputs the mean; of classes the mean over each class against the rest.
/// Outputs and classes for which only positives or only negatives are there take no part; NaN if none is left, or where a score is NaN.
#[derive(Clone, Copy, Debug, Default)]
pub struct Auc;

impl Auc {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// The area for scores with their labels; `None` where there are only positives or only negatives.
fn area(mut scores: Vec<(f64, bool)>) -> Option<f64> {
    let positives = scores.iter().filter(|(_, positive)| *positive).count() as f64;
    let negatives = scores.len() as f64 - positives;
    if positives == 0.0 || negatives == 0.0 {
        return None;
    }
    if scores.iter().any(|(score, _)| score.is_nan()) {
        return Some(f64::NAN);
    }
    // Of two zeros of different sign neither is the higher score, but one would be sorted before the other: adding 0 makes both positive.
    scores.sort_unstable_by(|(left, _), (right, _)| (left + 0.0).total_cmp(&(right + 0.0)));
    let mut wins = 0.0;
    let mut negatives_below = 0.0;
    for tied in scores.chunk_by(|(left, _), (right, _)| left == right) {
        let tied_positives = tied.iter().filter(|(_, positive)| *positive).count() as f64;
        let tied_negatives = tied.len() as f64 - tied_positives;
        wins += tied_positives * (negatives_below + 0.5 * tied_negatives);
        negatives_below += tied_negatives;
    }
    Some(wins / (positives * negatives))
}

impl<const N: usize> Metric<N, u32> for Auc {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "auc".into()
    }

    fn measure(&self, labelled: &Labelled<N, u32>) -> f64 {
        mean((0..N).filter_map(|class| area(labelled.pairs().map(|(prediction, &target)| (prediction[class], target as usize == class)).collect())))
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Auc {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "auc".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean((0..N).filter_map(|row| area(labelled.pairs().map(|(prediction, target)| (prediction[row], is_positive(target[row]))).collect())))
    }
}
