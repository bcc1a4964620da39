//! Did sharing help? Each head trained alone, against all together.
//!
//! What came out for five models on real data is in `docs/comparisons.md`; what to do about it, in `docs/choosing.md`.

#[cfg(feature = "std")]
mod cosines;
mod measure;
#[cfg(feature = "std")]
mod runs;
#[cfg(feature = "std")]
mod single_task;
#[cfg(feature = "std")]
mod statistics;
#[cfg(feature = "std")]
mod table;
#[cfg(feature = "std")]
mod tasks;

pub use crate::better::Better;
#[cfg(feature = "std")]
pub use cosines::PairCosine;
pub use measure::{BlockCosine, Comparison, block_cosines, delta_m, gradient_cosine};
#[cfg(feature = "std")]
pub use single_task::{compare_single_task, compare_single_task_on};
#[cfg(feature = "std")]
pub use statistics::Estimate;
#[cfg(feature = "std")]
pub use tasks::{CompareError, Effect, HeadComparison, MetricComparison, TaskComparison};
