//! The runs of a comparison, spread over threads.

use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::boxed::Box;
use std::panic::{catch_unwind, resume_unwind};
use std::rc::Rc;
use std::string::String;
use std::sync::Mutex;
use std::vec;
use std::vec::Vec;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::cosines::{Cosines, PairCosine, Watch, mean_of_defined, pairs};
use super::tasks::{CompareError, HeadComparison, MetricComparison, TaskComparison};
use crate::balance::FixedWeights;
use crate::better::Better;
use crate::data::Dataset;
use crate::evaluate::{Evaluate, evaluate};
use crate::flat;
use crate::optimizer::Optimizer;
use crate::progress::Work;
use crate::report::{Cell, HeadRow, Report};
use crate::trainer::{Reason, Trainer};

/// What one run gives.
pub(super) struct Run {
    /// The evaluation of every head.
    heads: Vec<HeadRow>,
    /// The cosines by time, of a run of all heads.
    cosines: Vec<Vec<f64>>,
}

/// All runs: for each seed that of all heads, then each head alone.
pub(super) fn all<'a, M: Evaluate, O: Optimizer<M::Scalar>>(
    threads: usize,
    train: &Dataset<M>,
    test: &Dataset<M>,
    seeds: &[u64],
    trainer: &(impl Fn() -> Trainer<'a, M, O> + Sync),
) -> Result<Vec<Run>, CompareError> {
    let kinds = M::HEADS.len() + 1;
    let count = seeds.len() * kinds;
    let results: Vec<Mutex<Option<Result<Run, CompareError>>>> = (0..count).map(|_| Mutex::new(None)).collect();
    let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let progress = Mutex::new(Work::new("comparing: runs", Some(count)));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(slot) = results.get(place) else { break };
            let head = (place % kinds).checked_sub(1);
            let run = one(train, test, seeds[place / kinds], head, trainer());
            if matches!(run, Err(CompareError::Interrupted)) {
                next.store(count, Ordering::Relaxed);
            }
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(run);
            }
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if let Ok(mut progress) = progress.lock() {
                progress.at(done);
            }
        }
    };
    std::thread::scope(|scope| {
        // After a panic nobody begins another run, and it goes on in the calling thread.
        let until_panic = || catch_unwind(AssertUnwindSafe(work)).inspect_err(|_| next.store(count, Ordering::Relaxed));
        let workers: Vec<_> = (0..threads.clamp(1, count)).map(|_| scope.spawn(until_panic)).collect();
        for worker in workers {
            if let Err(panic) = worker.join().and_then(|panic| panic) {
                resume_unwind(panic);
            }
        }
    });
    results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}

/// One run: of one head, or of all.
fn one<'a, M: Evaluate, O: Optimizer<M::Scalar>>(
    train: &Dataset<M>,
    test: &Dataset<M>,
    seed: u64,
    head: Option<usize>,
    trainer: Trainer<'a, M, O>,
) -> Result<Run, CompareError> {
    let mut model: Box<M> = flat::zeroed_box();
    model.initialize(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    let cosines = Cosines::default();
    {
        let trainer = trainer.seed(seed).quiet();
        let mut trainer = match head {
            Some(head) => {
                let head = M::HEADS[head].name;
                trainer.alone(head).ok_or(CompareError::NeverTrained { head })?.weighting(FixedWeights::equal())
            }
            None if train.is_empty() => trainer,
            None => trainer.together().callback(Watch::new(train, Rc::clone(&cosines))),
        };
        let history = trainer.fit(&mut *model, train).map_err(|error| CompareError::Train {
            run: head.map_or_else(|| String::from("all heads"), |head| std::format!("the head `{}` alone", M::HEADS[head].name)),
            seed,
            error: Box::new(error),
        })?;
        if history.ending.is_some_and(|ending| ending.reason == Reason::CtrlC) {
            return Err(CompareError::Interrupted);
        }
    }
    Ok(Run { heads: evaluate(&*model, test)?.heads(), cosines: cosines.take() })
}

/// Makes a comparison of all runs.
pub(super) fn gather<M: Evaluate>(seeds: &[u64], runs: &[Run]) -> TaskComparison {
    let kinds = M::HEADS.len() + 1;
    let by_seed: Vec<&[Run]> = runs.chunks(kinds).collect();
    let heads = (0..M::HEADS.len()).map(|head| {
        let alone = |read: &dyn Fn(&HeadRow) -> f64| by_seed.iter().map(|runs| read(&runs[1 + head].heads[head])).collect::<Vec<_>>();
        let shared = |read: &dyn Fn(&HeadRow) -> f64| by_seed.iter().map(|runs| read(&runs[0].heads[head])).collect::<Vec<_>>();
        let mut metrics =
            vec![MetricComparison { name: "loss", better: Better::Lower, alone: alone(&|row| row.loss), shared: shared(&|row| row.loss) }];
        for (place, (name, _)) in by_seed[0][0].heads[head].metrics.iter().enumerate() {
            let Some(better) = M::METRICS[head].get(place).copied().filter(|&better| better != Better::Neither) else { continue };
            let read = |row: &HeadRow| match row.metrics.get(place) {
                Some((_, Cell::Number(value))) => *value,
                Some((_, Cell::Matrix(_))) | None => f64::NAN,
            };
            metrics.push(MetricComparison { name, better, alone: alone(&read), shared: shared(&read) });
        }
        HeadComparison { head: M::HEADS[head].name, metrics }
    });
    let epochs = by_seed.iter().map(|runs| runs[0].cosines.len()).max().unwrap_or(0);
    let cosines = pairs::<M>().into_iter().enumerate().map(|(place, (left, right, block))| PairCosine {
        left: M::HEADS[left].name,
        right: M::HEADS[right].name,
        block,
        by_epoch: (0..epochs)
            .map(|epoch| mean_of_defined(by_seed.iter().filter_map(|runs| runs[0].cosines.get(epoch)?.get(place).copied())))
            .collect(),
    });
    TaskComparison { seeds: seeds.to_vec(), heads: heads.collect(), cosines: cosines.collect() }
}
