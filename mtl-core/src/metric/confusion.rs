//! Confusion matrix.

use super::{Better, Labelled, Metric, is_positive, most_probable};
use std::string::String;

/// How often each class (row) was taken for each class (column).
///
/// For binary outputs, which are pooled, `[[true negatives, false positives], [false negatives, true positives]]`.
/// A sample without a predicted class, all of its outputs being NaN, is not counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Confusion;

impl Confusion {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Metric<N, u32> for Confusion {
    type Value = [[u64; N]; N];
    const BETTER: Better = Better::Neither;

    fn name(&self) -> String {
        "confusion".into()
    }

    fn measure(&self, labelled: &Labelled<N, u32>) -> [[u64; N]; N] {
        let mut table = [[0; N]; N];
        for (prediction, &class) in labelled.pairs() {
            if let (Some(row), Some(predicted)) = (table.get_mut(class as usize), most_probable(prediction)) {
                row[predicted] += 1;
            }
        }
        table
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Confusion {
    type Value = [[u64; 2]; 2];
    const BETTER: Better = Better::Neither;

    fn name(&self) -> String {
        "confusion".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> [[u64; 2]; 2] {
        let mut table = [[0; 2]; 2];
        for (&prediction, &target) in labelled.pairs().flat_map(|(predictions, targets)| predictions.iter().zip(targets)) {
            if !prediction.is_nan() {
                table[usize::from(is_positive(target))][usize::from(is_positive(prediction))] += 1;
            }
        }
        table
    }
}
