//! Mean squared error.

use super::{Better, Labelled, Metric, mean_over_outputs};
use std::string::String;

/// Mean squared error over all outputs: the mean of `(ŷ − y)²`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mse;

impl Mse {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Mse {
    type Value = f64;
    const BETTER: Better = Better::Lower;

    fn name(&self) -> String {
        "mse".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean_over_outputs(labelled, |prediction, target| (prediction - target).powi(2))
    }
}
