//! The tasks' gradients over the shared parameters, as a direction strategy sees them.

use core::ops::Range;

use super::{BalanceError, Gram, MAX_TASKS};
use crate::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::model::{HeadSet, ParameterInfo};

/// Which scalars of the flat parameters are shared.
#[derive(Clone, Copy, Debug)]
pub enum SharedParameters<'a> {
    /// All of them.
    All,
    /// Those of the tensors that two heads or more depend on.
    Of(&'a [ParameterInfo]),
}

impl<'a> SharedParameters<'a> {
    /// The ranges of shared scalars among `length`, in order; neighbouring tensors are one range.
    pub fn ranges(self, length: usize) -> impl Iterator<Item = Range<usize>> + 'a {
        let (mut all, mut tensors) = match self {
            Self::All => (Some(0..length), [].iter()),
            Self::Of(tensors) => (None, tensors.iter()),
        };
        let mut pending: Option<Range<usize>> = None;
        core::iter::from_fn(move || {
            if let Some(range) = all.take() {
                return Some(range);
            }
            for tensor in tensors.by_ref().filter(|tensor| tensor.is_shared()) {
                let range = tensor.offset..tensor.offset + tensor.len;
                match &mut pending {
                    Some(before) if before.end == range.start => before.end = range.end,
                    _ => {
                        if let Some(before) = pending.replace(range) {
                            return Some(before);
                        }
                    }
                }
            }
            pending.take()
        })
    }
}

/// The gradients `gᵢ` of the tasks that are present in a step, with respect to the shared parameters.
///
/// Row i is the flat gradient of task i's loss times the loss weight of that task, [`scale`](Self::scale);
/// strategies look only at the shared [`ranges`](Self::ranges) of it.
#[derive(Debug)]
pub struct Gradients<'a, T> {
    rows: &'a [&'a [T]],
    scales: &'a [f64],
    losses: &'a [f64],
    shared: SharedParameters<'a>,
    tasks: [usize; MAX_TASKS],
    count: usize,
    parameters: usize,
}

impl<'a, T: Scalar> Gradients<'a, T> {
    /// From one flat gradient for each task, absent ones included, with each task's loss weight and loss.
    ///
    /// # Errors
    ///
    /// [`BalanceError::TaskCount`], [`BalanceError::LengthMismatch`].
    pub fn new(
        rows: &'a [&'a [T]],
        scales: &'a [f64],
        losses: &'a [f64],
        present: HeadSet,
        shared: SharedParameters<'a>,
    ) -> Result<Self, BalanceError> {
        super::check_tasks(rows.len())?;
        super::check_length("loss weights", rows.len(), scales.len())?;
        super::check_length("losses", rows.len(), losses.len())?;
        let length = rows[0].len();
        for row in rows {
            super::check_length("gradient", length, row.len())?;
        }
        let mut parameters = 0;
        for range in shared.ranges(length) {
            if range.end > length {
                return Err(BalanceError::LengthMismatch { what: "gradient", expected: range.end, found: length });
            }
            parameters += range.len();
        }
        let mut tasks = [0; MAX_TASKS];
        let mut count = 0;
        for task in (0..rows.len()).filter(|&task| present.contains(task)) {
            tasks[count] = task;
            count += 1;
        }
        Ok(Self { rows, scales, losses, shared, tasks, count, parameters })
    }

    /// How many tasks are present.
    #[must_use]
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether no task is present.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The numbers of the tasks that are present, in order.
    #[must_use]
    pub fn tasks(&self) -> &[usize] {
        &self.tasks[..self.count]
    }

    /// How many tasks there are, with those that are absent.
    #[must_use]
    pub fn all_tasks(&self) -> usize {
        self.rows.len()
    }

    /// How many scalars are shared.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.parameters
    }

    /// The flat gradient of a task's loss, by the task's number, without its loss weight.
    #[must_use]
    pub fn row(&self, task: usize) -> &'a [T] {
        self.rows[task]
    }

    /// The loss weight of a task: its gradient `gᵢ` is this times its row.
    #[must_use]
    pub fn scale(&self, task: usize) -> f64 {
        self.scales[task]
    }

    /// The loss of a task in this step, without its weight.
    #[must_use]
    pub fn loss(&self, task: usize) -> f64 {
        self.losses[task]
    }

    /// The shared ranges of a row.
    pub fn ranges(&self) -> impl Iterator<Item = Range<usize>> + 'a {
        self.shared.ranges(self.rows[0].len())
    }

    /// Computes the Gram matrix `Gᵢⱼ = gᵢ·gⱼ` of the tasks present, in f64, into `values` (`len()²` numbers).
    ///
    /// # Errors
    ///
    /// [`BalanceError::GradientNotFinite`] for the first task with a gradient that is infinite, NaN, or too long to square.
    pub fn gram<'g>(&'g self, values: &'g mut [f64]) -> Result<Gram<'g>, BalanceError> {
        let count = self.count;
        super::check_length("Gram matrix", count * count, values.len())?;
        dispatch(GramKernel { gradients: self, values });
        for i in 0..count {
            for j in 0..count {
                values[i * count + j] *= self.scales[self.tasks[i]] * self.scales[self.tasks[j]];
            }
        }
        for (i, &task) in self.tasks().iter().enumerate() {
            if !values[i * count + i].is_finite() {
                return Err(BalanceError::GradientNotFinite { task });
            }
        }
        Ok(Gram::of_tasks(count, values, self.tasks(), self.rows.len()))
    }

    /// `combined = Σ wᵢ gᵢ` on the shared ranges, over the tasks present, summed in f64.
    pub fn combine(&self, weights: &[f64], combined: &mut [T]) {
        let mut factors = [0.0; MAX_TASKS];
        for ((factor, &weight), &task) in factors.iter_mut().zip(weights).zip(self.tasks()) {
            *factor = weight * self.scales[task];
        }
        dispatch(CombineKernel { gradients: self, factors: &factors[..self.count], combined });
    }

    /// The norms `‖row‖` of all tasks' gradients over the shared parameters, without their loss weights; 0 for absent tasks.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`], [`BalanceError::GradientNotFinite`].
    pub fn norms(&self, norms: &mut [f64]) -> Result<(), BalanceError> {
        super::check_length("gradient norms", self.rows.len(), norms.len())?;
        norms.fill(0.0);
        for &task in self.tasks() {
            let squared: f64 = self.ranges().map(|range| dot(&self.rows[task][range.clone()], &self.rows[task][range])).sum();
            if !squared.is_finite() {
                return Err(BalanceError::GradientNotFinite { task });
            }
            norms[task] = libm::sqrt(squared);
        }
        Ok(())
    }
}

/// The inner product of two vectors of one length, summed in f64.
#[must_use]
pub fn dot<T: Scalar>(left: &[T], right: &[T]) -> f64 {
    struct Dot<'a, T>(&'a [T], &'a [T]);
    impl<T: Scalar> Kernel for Dot<'_, T> {
        type Output = f64;
        #[inline(always)]
        fn run<S: InstructionSet>(self) -> f64 {
            products::<S, T, 1, 1>([self.0], [self.1])[0][0]
        }
    }
    dispatch(Dot(left, right))
}

/// Sums in flight for each product: two AVX-512 registers of f64, or four of AVX2.
const LANES: usize = 16;

/// Columns that all pairs of tasks are multiplied on before the next ones: the rows stay in the cache.
const BLOCK: usize = 1024;

struct GramKernel<'a, T> {
    gradients: &'a Gradients<'a, T>,
    values: &'a mut [f64],
}

impl<T: Scalar> Kernel for GramKernel<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let Self { gradients, values } = self;
        let count = gradients.count;
        values.fill(0.0);
        for range in gradients.ranges() {
            for start in range.clone().step_by(BLOCK) {
                let block = start..range.end.min(start + BLOCK);
                let row = |i: usize| &gradients.rows[gradients.tasks[i]][block.clone()];
                // Two rows by two: each element is converted once for two products.
                for i in (0..count).step_by(2) {
                    if i + 1 == count {
                        values[i * count + i] += products::<S, T, 1, 1>([row(i)], [row(i)])[0][0];
                        continue;
                    }
                    let [first, cross, second] = pair_products::<S, T>(row(i), row(i + 1));
                    values[i * count + i] += first;
                    values[i * count + i + 1] += cross;
                    values[(i + 1) * count + i + 1] += second;
                    for j in (i + 2..count).step_by(2) {
                        if j + 1 == count {
                            let sums = products::<S, T, 2, 1>([row(i), row(i + 1)], [row(j)]);
                            values[i * count + j] += sums[0][0];
                            values[(i + 1) * count + j] += sums[1][0];
                        } else {
                            let sums = products::<S, T, 2, 2>([row(i), row(i + 1)], [row(j), row(j + 1)]);
                            for a in 0..2 {
                                for b in 0..2 {
                                    values[(i + a) * count + j + b] += sums[a][b];
                                }
                            }
                        }
                    }
                }
            }
        }
        for i in 0..count {
            for j in 0..i {
                values[i * count + j] = values[j * count + i];
            }
        }
    }
}

/// All inner products between two sets of rows of one length.
#[inline(always)]
fn products<S: InstructionSet, T: Scalar, const LEFT: usize, const RIGHT: usize>(left: [&[T]; LEFT], right: [&[T]; RIGHT]) -> [[f64; RIGHT]; LEFT] {
    let left_chunks = left.map(|row| row.as_chunks::<LANES>());
    let right_chunks = right.map(|row| row.as_chunks::<LANES>());
    let mut sums = [[[0.0; LANES]; RIGHT]; LEFT];
    for chunk in 0..left_chunks[0].0.len() {
        for a in 0..LEFT {
            for b in 0..RIGHT {
                let (x, y) = (&left_chunks[a].0[chunk], &right_chunks[b].0[chunk]);
                for lane in 0..LANES {
                    sums[a][b][lane] = S::mul_add(x[lane].to_f64(), y[lane].to_f64(), sums[a][b][lane]);
                }
            }
        }
    }
    let mut totals = [[0.0; RIGHT]; LEFT];
    for a in 0..LEFT {
        for b in 0..RIGHT {
            totals[a][b] = sum_lanes(&sums[a][b]);
            for (x, y) in left_chunks[a].1.iter().zip(right_chunks[b].1) {
                totals[a][b] += x.to_f64() * y.to_f64();
            }
        }
    }
    totals
}

/// `[x·x, x·y, y·y]`.
#[inline(always)]
fn pair_products<S: InstructionSet, T: Scalar>(x: &[T], y: &[T]) -> [f64; 3] {
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (y_chunks, y_rest) = y.as_chunks::<LANES>();
    let mut sums = [[0.0; LANES]; 3];
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for lane in 0..LANES {
            let (x, y) = (x[lane].to_f64(), y[lane].to_f64());
            sums[0][lane] = S::mul_add(x, x, sums[0][lane]);
            sums[1][lane] = S::mul_add(x, y, sums[1][lane]);
            sums[2][lane] = S::mul_add(y, y, sums[2][lane]);
        }
    }
    let mut totals = [sum_lanes(&sums[0]), sum_lanes(&sums[1]), sum_lanes(&sums[2])];
    for (x, y) in x_rest.iter().zip(y_rest) {
        let (x, y) = (x.to_f64(), y.to_f64());
        totals[0] += x * x;
        totals[1] += x * y;
        totals[2] += y * y;
    }
    totals
}

/// The sum of all lanes, by halves.
#[inline(always)]
fn sum_lanes(lanes: &[f64; LANES]) -> f64 {
    let mut lanes = *lanes;
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}

struct CombineKernel<'a, T> {
    gradients: &'a Gradients<'a, T>,
    factors: &'a [f64],
    combined: &'a mut [T],
}

impl<T: Scalar> Kernel for CombineKernel<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        const COLUMNS: usize = 256;
        let mut sums = [0.0; COLUMNS];
        for range in self.gradients.ranges() {
            for start in range.clone().step_by(COLUMNS) {
                let block = start..range.end.min(start + COLUMNS);
                let sums = &mut sums[..block.len()];
                sums.fill(0.0);
                for (&factor, &task) in self.factors.iter().zip(self.gradients.tasks()) {
                    for (sum, value) in sums.iter_mut().zip(&self.gradients.rows[task][block.clone()]) {
                        *sum = S::mul_add(factor, value.to_f64(), *sum);
                    }
                }
                for (combined, &sum) in self.combined[block].iter_mut().zip(&*sums) {
                    *combined = T::from_f64(sum);
                }
            }
        }
    }
}
