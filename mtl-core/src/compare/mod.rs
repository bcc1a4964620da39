//! Did sharing help? Each head trained alone, against all together.
//!
//! What came out for five models on real data is in `docs/comparisons.md`; what to do about it, in `docs/choosing.md`.

mod cosines;
mod plot;
mod runs;
mod statistics;
mod table;

pub use cosines::PairCosine;
pub use statistics::Estimate;

use std::boxed::Box;
use std::string::String;
use std::vec::Vec;

use crate::Evaluate;
use crate::InvalidSetting;
use crate::balance::{self, Comparison};
use crate::data::{DataError, Dataset};
use crate::metric::Better;
use crate::optimizer::Optimizer;
use crate::setting::require_some;
use crate::trainer::{TrainError, Trainer};

/// Trains every head alone and all of them together, from the same parameters with the same seed and budget, and compares them on test data.
///
/// `trainer` makes the trainer of each run; its seed, heads and reports are set here. The runs of one head alone take its loss
/// with weight 1, without balancing; early stopping by the combined loss goes by the head's own loss there. A head that
/// [joins later](Trainer::head_from) is trained alone from the first epoch on, for as many epochs as it has among the others. With S seeds and T heads there are
/// S (T + 1) runs; they are spread over the processors, and what they give does not depend on how.
///
/// ```ignore
/// let comparison = compare_single_task(&train, &test, &[1, 2, 3, 4, 5], || Trainer::new(Adam::default()).epochs(30).batch_size(64))?;
/// println!("{comparison}");
/// ```
///
/// A head is measured by its metrics that are numbers; by its loss where it has none. Differences are paired by seed:
/// the improvement by sharing in one seed is `(shared − alone)/|alone|`, with its sign turned where lower is better;
/// a head's improvement is the mean over its metrics, and `Δ_m` the mean over the heads (Maninis, Radosavovic, Kokkinos 2019, equation 4).
///
/// A panic in a run, of code of your own, comes out of this call as it is.
///
/// # Errors
///
/// See [`CompareError`].
pub fn compare_single_task<'a, M: Evaluate, O: Optimizer<M::Scalar>>(
    train: &Dataset<M>,
    test: &Dataset<M>,
    seeds: &[u64],
    trainer: impl Fn() -> Trainer<'a, M, O> + Sync,
) -> Result<TaskComparison, CompareError> {
    let threads = std::thread::available_parallelism().map_or(1, core::num::NonZero::get);
    compare_single_task_on(threads, train, test, seeds, trainer)
}

/// As [`compare_single_task`], on so many threads.
///
/// # Errors
///
/// As there.
pub fn compare_single_task_on<'a, M: Evaluate, O: Optimizer<M::Scalar>>(
    threads: usize,
    train: &Dataset<M>,
    test: &Dataset<M>,
    seeds: &[u64],
    trainer: impl Fn() -> Trainer<'a, M, O> + Sync,
) -> Result<TaskComparison, CompareError> {
    if seeds.is_empty() {
        return Err(CompareError::NoSeeds);
    }
    if let Some((_, &seed)) = seeds.iter().enumerate().find(|(place, seed)| seeds[..*place].contains(seed)) {
        return Err(CompareError::RepeatedSeed { seed });
    }
    require_some("compare_single_task_on(threads)", threads)?;
    let runs = runs::all(threads, train, test, seeds, &trainer)?;
    Ok(runs::gather::<M>(seeds, &runs))
}

/// Why a comparison cannot be made.
#[derive(Debug, thiserror::Error)]
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
    /// Test data that cannot be evaluated.
    #[error("the test data cannot be evaluated: {0}")]
    Test(#[from] DataError),
}

/// What sharing did to each head. Its `Display` is a table; [`write_csv`](Self::write_csv) gives every number, [`to_svg`](Self::to_svg) a plot.
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
    pub better: balance::Better,
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

fn effect(improvement: Estimate) -> Effect {
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

/// The order of a metric; `None` where its values have none.
const fn order(better: Better) -> Option<balance::Better> {
    match better {
        Better::Higher => Some(balance::Better::Higher),
        Better::Lower => Some(balance::Better::Lower),
        Better::Neither => None,
    }
}
