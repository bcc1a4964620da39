//! F1 score.

use super::counts::{Counts, by_class, pooled};
use super::{Better, Labelled, Metric, mean};
use std::string::String;

/// The harmonic mean of precision and recall, `2PR/(P + R)`.
///
/// The outputs of a binary head are pooled. For classes it is the mean over all classes, each against the rest. It is Keras's
/// `F1Score`, which adds 1e-7 to each of the three denominators: a class that does not occur has 0, and a perfect score falls short of 1 by about as little.
#[derive(Clone, Copy, Debug, Default)]
pub struct F1;

impl F1 {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

fn f1(counts: &Counts) -> f64 {
    const EPSILON: f64 = 1e-7;
    let hits = counts.true_positives as f64;
    let precision = hits / (hits + counts.false_positives as f64 + EPSILON);
    let recall = hits / (hits + counts.false_negatives as f64 + EPSILON);
    2.0 * precision * recall / (precision + recall + EPSILON)
}

impl<const N: usize> Metric<N, u32> for F1 {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "f1".into()
    }

    fn measure(&self, labelled: &Labelled<N, u32>) -> f64 {
        by_class(labelled).map_or(f64::NAN, |classes| mean(classes.iter().map(f1)))
    }
}

impl<const N: usize> Metric<N, [f64; N]> for F1 {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "f1".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        pooled(labelled).map_or(f64::NAN, |counts| f1(&counts))
    }
}
