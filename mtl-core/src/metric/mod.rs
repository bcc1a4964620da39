//! Metrics: how good predictions are, measured over a whole data set.

use std::vec::Vec;

/// Predictions and targets of the samples that have a label for one head.
#[derive(Clone, Debug)]
pub struct Labelled<const N: usize, Y> {
    /// Outputs of the head.
    pub predictions: Vec<[f64; N]>,
    /// Targets: `[f64; N]`, or a class index as [`u32`].
    pub targets: Vec<Y>,
}

impl<const N: usize, Y> Default for Labelled<N, Y> {
    fn default() -> Self {
        Self { predictions: Vec::new(), targets: Vec::new() }
    }
}

/// A measure of predictions against targets of type `Y`: `[f64; N]`, or [`u32`] for classes.
pub trait Metric<const N: usize, Y> {
    /// `f64`, or a table for `confusion`.
    type Value: Clone + core::fmt::Debug + PartialEq;
    /// Measures; NaN where the measure is not defined, as on no samples.
    fn measure(&self, labelled: &Labelled<N, Y>) -> Self::Value;
}
