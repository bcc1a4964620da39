//! Top-k accuracy.

use super::{Better, Labelled, Metric, mean};
use std::string::String;

/// The share of samples whose true class is among the `k` most probable ones: fewer than `k` classes are more probable (Keras's `TopKCategoricalAccuracy`).
#[derive(Clone, Copy, Debug)]
pub struct TopK {
    k: usize,
}

impl TopK {
    /// The metric for the `k` most probable classes.
    #[must_use]
    pub const fn new(k: usize) -> Self {
        Self { k }
    }
}

impl<const N: usize> Metric<N, u32> for TopK {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        std::format!("top_k({})", self.k)
    }

    fn measure(&self, labelled: &Labelled<N, u32>) -> f64 {
        mean(labelled.pairs().map(|(prediction, &class)| {
            let among = prediction
                .get(class as usize)
                .is_some_and(|probability| !probability.is_nan() && prediction.iter().filter(|&other| other > probability).count() < self.k);
            f64::from(among)
        }))
    }
}
