//! The gradient of a large batch by several threads, with the same bits for any number of them.
//!
//! A batch is cut into groups of tiles. How, depends on its size alone; so does the order in which the groups' gradients are
//! added up. Threads only decide who computes which. Workers live as long as a training; in a step nothing is allocated:
//! the model and the order of the rows are moved to where workers read them, and back, by swapping pointers.

use core::any::Any;
use core::ops::Range;
use core::panic::AssertUnwindSafe;
use core::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::boxed::Box;
use std::panic::{catch_unwind, resume_unwind};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::{self, Scope};
use std::vec::Vec;

use super::working::Working;
use crate::data::{Dataset, Rows};
use crate::flat::{self, Aligned, Flat};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::layer::context::Pass;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::pass::{self, Memory, TILE, Tile, Work};

/// A group has at least so many tiles: adding up the gradients of smaller ones would take too much of the time.
const TILES_IN_A_GROUP: usize = 4;

/// A batch has at most so many groups, each of which takes the memory of a model.
const MOST_GROUPS: usize = 16;

/// How often a thread looks for work before it goes to sleep: longer than what lies between the gradients of two steps of a model of usual size.
const LOOKS: u32 = 20_000;

/// How many groups a batch has, and how many samples each but the last.
const fn cut(samples: usize) -> (usize, usize) {
    let tiles = samples.div_ceil(TILE);
    let groups = tiles.div_ceil(TILES_IN_A_GROUP);
    let groups = if groups > MOST_GROUPS { MOST_GROUPS } else { groups };
    let tiles_each = if groups == 0 { 1 } else { tiles.div_ceil(groups) };
    (tiles.div_ceil(tiles_each), tiles_each * TILE)
}

/// How many groups the batches of a training have.
pub(super) const fn groups<M: Model>(batch_size: usize) -> usize {
    // Between the stages of a model with batch normalisation every tile waits for all others.
    if M::STAGES == 1 { cut(batch_size).0 } else { 1 }
}

/// What all threads see.
pub(super) struct Shared<M: Model> {
    job: RwLock<Job<M>>,
    groups: Box<[Mutex<Group<M>>]>,
    /// The number of the next group that nobody has begun.
    next: AtomicUsize,
    /// How many groups are finished.
    finished: AtomicUsize,
    /// Counts the steps; workers look at it for work.
    step: AtomicU64,
    stop: AtomicBool,
    asleep: Mutex<usize>,
    wake: Condvar,
}

/// The batch of a step; without a model where there is nothing to do.
struct Job<M: Model> {
    model: Option<Box<Aligned<M>>>,
    order: Vec<usize>,
    batch: Range<usize>,
    pass: Pass,
    heads: HeadSet,
    scales: M::Losses,
}

struct Group<M: Model> {
    gradient: Box<Aligned<M>>,
    sums: M::Losses,
    /// What a layer of the user's panicked with.
    panic: Option<Box<dyn Any + Send>>,
}

impl<M: Model> Shared<M> {
    /// For batches of up to so many groups.
    pub(super) fn new(groups: usize) -> Self {
        let group = |_| Mutex::new(Group { gradient: flat::zeroed_box(), sums: flat::zeroed(), panic: None });
        Self {
            job: RwLock::new(Job { model: None, order: Vec::new(), batch: 0..0, pass: Pass::PREDICT, heads: HeadSet::NONE, scales: flat::zeroed() }),
            groups: if groups > 1 { (0..groups).map(group).collect() } else { Box::default() },
            next: AtomicUsize::new(0),
            finished: AtomicUsize::new(0),
            step: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            asleep: Mutex::new(0),
            wake: Condvar::new(),
        }
    }

    /// Takes groups as long as there are some that nobody has begun.
    fn work(&self, job: &Job<M>, dataset: &Dataset<M>, tile: &mut Tile<M, TILE>, statistics: &mut M::Statistics) {
        let Some(model) = &job.model else { return };
        let (count, _) = cut(job.batch.len());
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return;
            }
            let mut group = lock(&self.groups[number]);
            // Whoever's panic it is, all groups are finished, and the model goes back to the thread that trains, before it ends the training.
            // What it leaves half done is not looked at any more.
            let compute = || compute(&mut group, number, model, job, dataset, tile, statistics);
            let panic = catch_unwind(AssertUnwindSafe(compute)).err();
            group.panic = panic;
            drop(group);
            self.finished.fetch_add(1, Ordering::Release);
        }
    }

    /// What a worker does until training ends.
    fn serve(&self, dataset: &Dataset<M>) {
        let mut tile = flat::zeroed_box::<Tile<M, TILE>>();
        let mut statistics = flat::zeroed_box::<M::Statistics>();
        let mut seen = 0;
        loop {
            seen = self.wait(seen);
            if self.stop.load(Ordering::Acquire) {
                return;
            }
            let job = self.job.read().unwrap_or_else(PoisonError::into_inner);
            self.work(&job, dataset, &mut tile, &mut statistics);
        }
    }

    /// Waits for a step other than `seen`.
    fn wait(&self, seen: u64) -> u64 {
        for _ in 0..LOOKS {
            let step = self.step.load(Ordering::Acquire);
            if step != seen {
                return step;
            }
            core::hint::spin_loop();
        }
        let mut asleep = lock(&self.asleep);
        *asleep += 1;
        loop {
            let step = self.step.load(Ordering::Acquire);
            if step != seen {
                *asleep -= 1;
                return step;
            }
            asleep = self.wake.wait(asleep).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Calls the workers.
    fn call(&self) {
        self.step.fetch_add(1, Ordering::Release);
        if *lock(&self.asleep) > 0 {
            self.wake.notify_all();
        }
    }
}

fn lock<V>(mutex: &Mutex<V>) -> MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The gradient of a group.
fn compute<M: Model>(
    group: &mut Group<M>,
    number: usize,
    model: &M,
    job: &Job<M>,
    dataset: &Dataset<M>,
    tile: &mut Tile<M, TILE>,
    statistics: &mut M::Statistics,
) {
    let (_, samples) = cut(job.batch.len());
    let batch = Rows::new(dataset, &job.order[job.batch.clone()]);
    let range = number * samples..job.batch.len().min((number + 1) * samples);
    let Group { gradient, sums, .. } = group;
    flat::set_zero(sums);
    let memory = Memory { tiles: core::slice::from_mut(tile), statistics };
    Work { model, pass: job.pass, heads: job.heads }.backward_range(&batch, range, &job.scales, memory, gradient, sums);
}

/// The workers of a training, and the thread that trains.
pub(super) struct Team<'s, M: Model> {
    shared: &'s Shared<M>,
    dataset: &'s Dataset<M>,
}

impl<'s, M: Model> Team<'s, M> {
    /// Starts the workers: with the calling thread, as many threads as wanted, but no more than there are groups.
    pub(super) fn new<'e>(scope: &'s Scope<'s, 'e>, shared: &'s Shared<M>, threads: usize, dataset: &'s Dataset<M>) -> Self {
        for _ in 1..threads.min(shared.groups.len()) {
            scope.spawn(|| shared.serve(dataset));
        }
        Self { shared, dataset }
    }

    /// Whether a batch has several groups, and no more than there is memory for.
    pub(super) fn takes(&self, samples: usize) -> bool {
        (2..=self.shared.groups.len()).contains(&cut(samples).0)
    }

    /// As [`pass::value_and_gradient`], for the rows `batch` of `order`. Where a layer of the user's panics, in whatever thread, this does, with what
    /// it panicked with.
    #[allow(clippy::too_many_arguments, reason = "what a gradient needs")]
    pub(super) fn gradient(
        &self,
        model: &mut Working<'_, M>,
        order: &mut Vec<usize>,
        batch: Range<usize>,
        pass: Pass,
        heads: HeadSet,
        weights: &M::Losses,
        tile: &mut Tile<M, TILE>,
        statistics: &mut M::Statistics,
        gradient: &mut Box<Aligned<M>>,
    ) -> M::Losses {
        let shared = self.shared;
        let (count, _) = cut(batch.len());
        let scales = pass::scales(&Rows::new(self.dataset, &order[batch.clone()]), weights);
        {
            let mut job = shared.job.write().unwrap_or_else(PoisonError::into_inner);
            *job = Job { model: model.lend(), order: core::mem::take(order), batch: batch.clone(), pass, heads, scales };
            shared.next.store(0, Ordering::Relaxed);
            shared.finished.store(0, Ordering::Relaxed);
        }
        shared.call();
        {
            let job = shared.job.read().unwrap_or_else(PoisonError::into_inner);
            shared.work(&job, self.dataset, tile, statistics);
            let mut looks = 0;
            while shared.finished.load(Ordering::Acquire) < count {
                looks += 1;
                if looks < LOOKS { core::hint::spin_loop() } else { thread::yield_now() }
            }
        }
        {
            let mut job = shared.job.write().unwrap_or_else(PoisonError::into_inner);
            model.give_back(job.model.take());
            *order = core::mem::take(&mut job.order);
        }
        if let Some(panic) = shared.groups[..count].iter().find_map(|group| lock(group).panic.take()) {
            resume_unwind(panic);
        }

        let mut sums: M::Losses = flat::zeroed();
        for (number, group) in shared.groups[..count].iter().enumerate() {
            let mut group = lock(group);
            sums.as_mut_slice().iter_mut().zip(group.sums.as_slice()).for_each(|(sum, &more)| *sum += more);
            if number == 0 {
                core::mem::swap(&mut group.gradient, gradient);
            } else {
                dispatch(Add { to: gradient.as_mut_slice(), more: group.gradient.as_slice() });
            }
        }
        model.penalty(Some(gradient));
        pass::means(&Rows::new(self.dataset, &order[batch]), sums)
    }
}

/// However training ends, the workers end.
impl<M: Model> Drop for Team<'_, M> {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Release);
        self.shared.call();
    }
}

/// `to += more`.
struct Add<'a, T> {
    to: &'a mut [T],
    more: &'a [T],
}

impl<T: Scalar> Kernel for Add<'_, T> {
    type Output = ();
    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        for (to, &more) in self.to.iter_mut().zip(self.more) {
            *to += more;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{MOST_GROUPS, cut};
    use crate::pass::TILE;

    #[test]
    fn groups_hold_every_sample_once() {
        for samples in 1..10_000 {
            let (groups, each) = cut(samples);
            assert!(groups <= MOST_GROUPS && each % TILE == 0);
            assert!((groups - 1) * each < samples && samples <= groups * each, "{samples} samples: {groups} groups of {each}");
        }
        assert_eq!(cut(128).0, 1);
        assert_eq!(cut(256), (2, 128));
    }
}
