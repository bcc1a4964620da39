//! Every head trained alone, and all of them together.

use super::runs;
use super::tasks::{CompareError, TaskComparison};
use crate::data::Dataset;
use crate::evaluate::Evaluate;
use crate::optimizer::Optimizer;
use crate::setting::require_some;
use crate::trainer::Trainer;

/// Trains every head alone and all of them together, from the same parameters with the same seed and budget, and compares them on test data.
///
/// `trainer` makes the trainer of each run; its seed, heads and reports are set here. The runs of one head alone take its loss
/// with weight 1, without balancing; early stopping by the combined loss goes by the head's own loss there. A head that
/// [joins later](Trainer::head_from) is trained alone from the first epoch on, for as many epochs as it has among the others. With S seeds and T heads there are
/// S (T + 1) runs; they are spread over the processors, and what they give does not depend on how.
///
/// ```
/// # use mtl_core::{compare::{CompareError, compare_single_task}, data::Dataset, evaluate::Evaluate, optimizer::Adam, trainer::Trainer};
/// # fn compare<M: Evaluate<Scalar = f32>>(train: Dataset<M>, test: Dataset<M>) -> Result<(), CompareError> {
/// let comparison = compare_single_task(&train, &test, &[1, 2, 3, 4, 5], || Trainer::new(Adam::default()).epochs(30).batch_size(64))?;
/// println!("{comparison}");
/// # Ok(())
/// # }
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
