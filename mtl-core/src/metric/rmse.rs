//! Root mean squared error.

use super::{Better, Labelled, Metric, mean_over_outputs};
use std::string::String;

/// The root of the mean of `(ŷ − y)²` over all outputs, in the unit of the target.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rmse;

impl Rmse {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Rmse {
    type Value = f64;
    const BETTER: Better = Better::Lower;

    fn name(&self) -> String {
        "rmse".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean_over_outputs(labelled, |prediction, target| (prediction - target).powi(2)).sqrt()
    }
}
