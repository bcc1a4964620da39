//! Accuracy.

use super::{Better, Labelled, Metric, is_positive, mean, mean_over_outputs, most_probable};
use std::string::String;

/// The share of predictions that are right: of samples for classes (Keras's `CategoricalAccuracy`), of labels for N binary outputs (`BinaryAccuracy`).
///
/// A prediction that is NaN is wrong.
#[derive(Clone, Copy, Debug, Default)]
pub struct Accuracy;

impl Accuracy {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Metric<N, u32> for Accuracy {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "accuracy".into()
    }

    fn measure(&self, labelled: &Labelled<N, u32>) -> f64 {
        mean(labelled.pairs().map(|(prediction, &class)| f64::from(most_probable(prediction) == Some(class as usize))))
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Accuracy {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "accuracy".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean_over_outputs(labelled, |prediction, target| f64::from(!prediction.is_nan() && is_positive(prediction) == is_positive(target)))
    }
}
