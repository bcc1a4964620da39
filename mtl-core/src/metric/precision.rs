//! Precision.

use super::counts::{Counts, by_class, pooled};
use super::{Better, Labelled, Metric, mean};
use std::string::String;

/// The share of what was predicted positive that is positive, `TP/(TP + FP)`; 0 where nothing was, as in Keras.
///
/// The outputs of a binary head are pooled. For classes it is the mean over all classes, each against the rest.
#[derive(Clone, Copy, Debug, Default)]
pub struct Precision;

impl Precision {
    /// The metric.
    #[must_use]
    pub const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Metric<N, u32> for Precision {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "precision".into()
    }

    fn measure(&self, labelled: &Labelled<N, u32>) -> f64 {
        by_class(labelled).map_or(f64::NAN, |classes| mean(classes.iter().map(Counts::precision)))
    }
}

impl<const N: usize> Metric<N, [f64; N]> for Precision {
    type Value = f64;
    const BETTER: Better = Better::Higher;

    fn name(&self) -> String {
        "precision".into()
    }

    fn measure(&self, labelled: &Labelled<N, [f64; N]>) -> f64 {
        pooled(labelled).map_or(f64::NAN, |counts| counts.precision())
    }
}
