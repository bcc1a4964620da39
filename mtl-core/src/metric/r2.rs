//! Coefficient of determination.

use super::{Better, Labelled, Metric, mean};
use std::string::String;

/// The coefficient of determination, `1 − Σ (ŷ − y)² / Σ (y − ȳ)²`, the plain mean over the outputs (Keras's `R2Score` with `uniform_average`).
///
/// 1 is perfect, 0 as good as the mean of the target. Outputs whose target is the same everywhere take no part; NaN if none is left.
#[derive(Clone, Copy, Debug, Default)]
pub struct R2;

impl R2 {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

/// The coefficient of one output; `None` where its target is the same everywhere.
fn coefficient<const N: usize>(labelled: &Labelled<N, [f64; N]>, row: usize) -> Option<f64> {
    let first = labelled.targets.first()?[row];
    if labelled.targets.iter().all(|target| target[row] == first) {
        return None;
    }
    let average = mean(labelled.pairs().map(|(_, target)| target[row]));
    let (mut residual, mut total) = (0.0, 0.0);
    for (prediction, target) in labelled.pairs() {
        residual += (prediction[row] - target[row]).powi(2);
        total += (target[row] - average).powi(2);
    }
    Some(1.0 - residual / total)
}

impl<const N: usize> Metric<N, [f64; N]> for R2 {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "r2".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean((0..N).filter_map(|row| coefficient(labelled, row)))
    }
}
