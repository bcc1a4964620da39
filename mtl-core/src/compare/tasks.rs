//! What sharing did to each head, as numbers.

use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use super::cosines::PairCosine;
use super::measure::Comparison;
use super::statistics::Estimate;
use crate::better::Better;
use crate::data::DataError;
use crate::setting::InvalidSetting;
use crate::trainer::TrainError;

/// Why a comparison cannot be made.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum CompareError {
    /// No seed to train with.
    #[error("there are no seeds, so there is nothing to train")]
    NoSeeds,
    /// A head that joins after the last epoch, so that there is nothing to compare.
    #[error("the head `{head}` joins after the last epoch")]
    NeverTrained {
        /// The head.
        head: &'static str,
    },
    /// A seed that comes twice: its runs are the same, and would make the interval narrower than it is.
    #[error("the seed {seed} comes twice")]
    RepeatedSeed {
        /// The seed.
        seed: u64,
    },
    /// A setting with a value that it does not take.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A run that fails.
    #[error("{run}, seed {seed}: {error}")]
    Train {
        /// Which run: the name of the head, or all heads.
        run: String,
        /// Its seed.
        seed: u64,
        /// What happened.
        error: Box<TrainError>,
    },
    /// A run that was stopped by Ctrl-C, as its trainer [listens to it](crate::trainer::Trainer::stop_on_ctrl_c).
    #[error("the comparison was stopped by Ctrl-C")]
    Interrupted,
    /// Test data that cannot be evaluated.
    #[error("the test data cannot be evaluated: {0}")]
    Test(#[from] DataError),
}

/// What sharing did to each head. Its `Display` is a table; [`write_csv`](Self::write_csv) gives every number, and with the feature `plot` its method `plot` a picture.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskComparison {
    /// The seeds, one a pair of runs.
    pub seeds: Vec<u64>,
    /// The heads in the order of declaration.
    pub heads: Vec<HeadComparison>,
    /// The cosines between the heads' gradients, by pair and block.
    pub cosines: Vec<PairCosine>,
}

/// What sharing did to one head.
#[derive(Clone, Debug, PartialEq)]
pub struct HeadComparison {
    /// Its name.
    pub head: &'static str,
    /// Its loss, then its metrics that are numbers.
    pub metrics: Vec<MetricComparison>,
}

/// One metric of one head in both kinds of runs.
#[derive(Clone, Debug, PartialEq)]
pub struct MetricComparison {
    /// Its name; `loss` for the loss.
    pub name: &'static str,
    /// Which way it improves.
    pub better: Better,
    /// On test data when the head was trained alone, by seed.
    pub alone: Vec<f64>,
    /// When it was trained with the others, by seed.
    pub shared: Vec<f64>,
}

/// What can be said of an improvement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Sharing helps: the confidence interval lies above 0.
    Gains,
    /// Sharing hurts, as by negative transfer: the interval lies below 0.
    Loses,
    /// The interval holds 0, or there is none.
    Unclear,
}

impl MetricComparison {
    /// The relative improvement by sharing, by seed; NaN where the metric is 0 alone.
    #[must_use]
    pub fn improvements(&self) -> Vec<f64> {
        let pairs = self.alone.iter().zip(&self.shared);
        pairs.map(|(&single_task, &multi_task)| Comparison { multi_task, single_task, better: self.better }.relative_improvement()).collect()
    }
}

impl HeadComparison {
    /// The metrics that count: all but the loss, or the loss where there are no others.
    pub fn measures(&self) -> impl Iterator<Item = &MetricComparison> {
        self.metrics.iter().skip(usize::from(self.metrics.len() > 1))
    }

    /// The relative improvement by sharing, by seed: the mean over [`measures`](Self::measures).
    #[must_use]
    pub fn improvements(&self) -> Vec<f64> {
        mean_by_seed(&self.measures().map(MetricComparison::improvements).collect::<Vec<_>>())
    }

    /// The mean improvement over the seeds.
    #[must_use]
    pub fn improvement(&self) -> Estimate {
        Estimate::of(&self.improvements())
    }

    /// Whether the head gains or loses.
    #[must_use]
    pub fn effect(&self) -> Effect {
        effect(self.improvement())
    }
}

impl TaskComparison {
    /// `Δ_m` by seed: the mean of the heads' relative improvements.
    #[must_use]
    pub fn delta_m_by_seed(&self) -> Vec<f64> {
        mean_by_seed(&self.heads.iter().map(HeadComparison::improvements).collect::<Vec<_>>())
    }

    /// `Δ_m`: positive where sharing helped on the whole.
    #[must_use]
    pub fn delta_m(&self) -> Estimate {
        Estimate::of(&self.delta_m_by_seed())
    }

    /// Whether the heads gain or lose on the whole.
    #[must_use]
    pub fn delta_m_effect(&self) -> Effect {
        effect(self.delta_m())
    }

    /// The heads that lose by sharing.
    pub fn losing_heads(&self) -> impl Iterator<Item = &HeadComparison> {
        self.heads.iter().filter(|head| head.effect() == Effect::Loses)
    }

    /// What sharing did to a head: `comparison.head(PatientHead::Health)`.
    #[must_use]
    pub fn head(&self, name: impl AsRef<str>) -> Option<&HeadComparison> {
        self.heads.iter().find(|head| head.head == name.as_ref())
    }
}

pub(super) fn effect(improvement: Estimate) -> Effect {
    if improvement.low() > 0.0 {
        Effect::Gains
    } else if improvement.high() < 0.0 {
        Effect::Loses
    } else {
        Effect::Unclear
    }
}

/// Means over rows, column by column.
fn mean_by_seed(rows: &[Vec<f64>]) -> Vec<f64> {
    let seeds = rows.first().map_or(0, Vec::len);
    (0..seeds).map(|seed| rows.iter().map(|row| row[seed]).sum::<f64>() / rows.len() as f64).collect()
}
