//! Mean absolute error.

use super::{Better, Labelled, Metric, mean_over_outputs};
use std::string::String;

/// Mean absolute error over all outputs: the mean of `|ŷ − y|`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mae;

impl Mae {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Mae {
    type Value = f64;
    const BETTER: Better = Better::Lower;

    fn name(&self) -> String {
        "mae".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean_over_outputs(labelled, |prediction, target| (prediction - target).abs())
    }
}
