//! Mean absolute percentage error.

use super::{Better, Labelled, Metric, mean_over_outputs};
use std::string::String;

/// Mean absolute percentage error over all outputs: the mean of `100 |ŷ − y| / max(|y|, 1e-7)`, in percent, as in Keras.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mape;

impl Mape {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Mape {
    type Value = f64;
    const BETTER: Better = Better::Lower;

    fn name(&self) -> String {
        "mape".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean_over_outputs(labelled, |prediction, target| 100.0 * (prediction - target).abs() / target.abs().max(1e-7))
    }
}
