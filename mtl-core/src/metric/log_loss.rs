//! Log loss.

use super::{Better, Labelled, Metric, mean, mean_over_outputs};
use std::string::String;

/// The mean negative logarithm of the probability given to the truth: `−ln p_c` for classes, the mean over the labels of `−y ln p − (1 − y) ln(1 − p)` for binary outputs.
///
/// Probabilities are bounded to `[1e-7, 1 − 1e-7]`, as in Keras's `CategoricalCrossentropy` and `BinaryCrossentropy`.
#[derive(Clone, Copy, Debug, Default)]
pub struct LogLoss;

impl LogLoss {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

fn bounded(probability: f64) -> f64 {
    const EPSILON: f64 = 1e-7;
    probability.clamp(EPSILON, 1.0 - EPSILON)
}

impl<const N: usize> Metric<N, u32> for LogLoss {
    type Value = f64;
    const BETTER: Better = Better::Lower;

    fn name(&self) -> String {
        "log_loss".into()
    }

    fn measure(&self, labelled: &Labelled<N, u32>) -> f64 {
        mean(labelled.pairs().map(|(prediction, &class)| -bounded(prediction.get(class as usize).copied().unwrap_or(f64::NAN)).ln()))
    }
}

impl<const N: usize> Metric<N, [f64; N]> for LogLoss {
    type Value = f64;
    const BETTER: Better = Better::Lower;

    fn name(&self) -> String {
        "log_loss".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        mean_over_outputs(labelled, |prediction, target| {
            let probability = bounded(prediction);
            -target * probability.ln() - (1.0 - target) * (1.0 - probability).ln()
        })
    }
}
