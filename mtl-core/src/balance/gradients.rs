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
            product::<S, T>(self.0, self.1)
        }
    }
    dispatch(Dot(left, right))
}

/// Partial sums of each product. A loop over them, with that over [`STEPS`] unrolled inside, is what the compiler makes vector instructions of.
pub(super) const LANES: usize = 32;

/// How many times each partial sum is added to before the next one.
const STEPS: usize = 8;

/// The elements of a row that a product takes at a time.
const CHUNK: usize = LANES * STEPS;

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
                        values[i * count + i] += product::<S, T>(row(i), row(i));
                        continue;
                    }
                    let [first, cross, second] = pair_products::<S, T>(row(i), row(i + 1));
                    values[i * count + i] += first;
                    values[i * count + i + 1] += cross;
                    values[(i + 1) * count + i + 1] += second;
                    for j in (i + 2..count).step_by(2) {
                        if j + 1 == count {
                            values[i * count + j] += product::<S, T>(row(i), row(j));
                            values[(i + 1) * count + j] += product::<S, T>(row(i + 1), row(j));
                        } else {
                            let sums = cross_products::<S, T>([row(i), row(i + 1)], [row(j), row(j + 1)]);
                            values[i * count + j] += sums[0];
                            values[i * count + j + 1] += sums[1];
                            values[(i + 1) * count + j] += sums[2];
                            values[(i + 1) * count + j + 1] += sums[3];
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

/// `x·y`.
#[inline(always)]
pub(super) fn product<S: InstructionSet, T: Scalar>(x: &[T], y: &[T]) -> f64 {
    let (x_chunks, x_rest) = x.as_chunks::<CHUNK>();
    let (y_chunks, y_rest) = y.as_chunks::<CHUNK>();
    let mut sums = [0.0; LANES];
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for (lane, sum) in sums.iter_mut().enumerate() {
            for step in 0..STEPS {
                let place = step * LANES + lane;
                *sum = S::mul_add(x[place].to_f64(), y[place].to_f64(), *sum);
            }
        }
    }
    sum_lanes(sums) + x_rest.iter().zip(y_rest).map(|(x, y)| x.to_f64() * y.to_f64()).sum::<f64>()
}

/// `[x·x, x·y, y·y]`.
#[inline(always)]
fn pair_products<S: InstructionSet, T: Scalar>(x: &[T], y: &[T]) -> [f64; 3] {
    let (x_chunks, x_rest) = x.as_chunks::<CHUNK>();
    let (y_chunks, y_rest) = y.as_chunks::<CHUNK>();
    let mut xx = [0.0; LANES];
    let mut xy = [0.0; LANES];
    let mut yy = [0.0; LANES];
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for lane in 0..LANES {
            let mut sums = [xx[lane], xy[lane], yy[lane]];
            for step in 0..STEPS {
                let (x, y) = (x[step * LANES + lane].to_f64(), y[step * LANES + lane].to_f64());
                sums[0] = S::mul_add(x, x, sums[0]);
                sums[1] = S::mul_add(x, y, sums[1]);
                sums[2] = S::mul_add(y, y, sums[2]);
            }
            [xx[lane], xy[lane], yy[lane]] = sums;
        }
    }
    let mut totals = [sum_lanes(xx), sum_lanes(xy), sum_lanes(yy)];
    for (x, y) in x_rest.iter().zip(y_rest) {
        let (x, y) = (x.to_f64(), y.to_f64());
        totals[0] += x * x;
        totals[1] += x * y;
        totals[2] += y * y;
    }
    totals
}

/// `[w·y, w·z, x·y, x·z]`.
#[inline(always)]
fn cross_products<S: InstructionSet, T: Scalar>([w, x]: [&[T]; 2], [y, z]: [&[T]; 2]) -> [f64; 4] {
    let (w_chunks, w_rest) = w.as_chunks::<CHUNK>();
    let (x_chunks, x_rest) = x.as_chunks::<CHUNK>();
    let (y_chunks, y_rest) = y.as_chunks::<CHUNK>();
    let (z_chunks, z_rest) = z.as_chunks::<CHUNK>();
    let mut wy = [0.0; LANES];
    let mut wz = [0.0; LANES];
    let mut xy = [0.0; LANES];
    let mut xz = [0.0; LANES];
    for (((w, x), y), z) in w_chunks.iter().zip(x_chunks).zip(y_chunks).zip(z_chunks) {
        for lane in 0..LANES {
            let mut sums = [wy[lane], wz[lane], xy[lane], xz[lane]];
            for step in 0..STEPS {
                let place = step * LANES + lane;
                let (w, x, y, z) = (w[place].to_f64(), x[place].to_f64(), y[place].to_f64(), z[place].to_f64());
                sums[0] = S::mul_add(w, y, sums[0]);
                sums[1] = S::mul_add(w, z, sums[1]);
                sums[2] = S::mul_add(x, y, sums[2]);
                sums[3] = S::mul_add(x, z, sums[3]);
            }
            [wy[lane], wz[lane], xy[lane], xz[lane]] = sums;
        }
    }
    let mut totals = [sum_lanes(wy), sum_lanes(wz), sum_lanes(xy), sum_lanes(xz)];
    for (((w, x), y), z) in w_rest.iter().zip(x_rest).zip(y_rest).zip(z_rest) {
        let (w, x, y, z) = (w.to_f64(), x.to_f64(), y.to_f64(), z.to_f64());
        totals[0] += w * y;
        totals[1] += w * z;
        totals[2] += x * y;
        totals[3] += x * z;
    }
    totals
}

/// The sum of all lanes, by halves.
#[inline(always)]
fn sum_lanes(mut lanes: [f64; LANES]) -> f64 {
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
        let Self { gradients, factors, combined } = self;
        let mut sums = [0.0; COLUMNS];
        for range in gradients.ranges() {
            for start in range.clone().step_by(COLUMNS) {
                let block = start..range.end.min(start + COLUMNS);
                let row = |i: usize| &gradients.rows[gradients.tasks[i]][block.clone()];
                // Two tasks at a time; the last two, or the last one, straight into the result.
                let last = gradients.count.saturating_sub(1) / 2 * 2;
                let sums = &mut sums[..block.len()];
                sums.fill(0.0);
                for i in (0..last).step_by(2) {
                    for ((sum, x), y) in sums.iter_mut().zip(row(i)).zip(row(i + 1)) {
                        *sum = S::mul_add(factors[i], x.to_f64(), S::mul_add(factors[i + 1], y.to_f64(), *sum));
                    }
                }
                let combined = &mut combined[block.clone()];
                if last + 1 < gradients.count {
                    for (((combined, &sum), x), y) in combined.iter_mut().zip(&*sums).zip(row(last)).zip(row(last + 1)) {
                        *combined = T::from_f64(S::mul_add(factors[last], x.to_f64(), S::mul_add(factors[last + 1], y.to_f64(), sum)));
                    }
                } else if last < gradients.count {
                    for ((combined, &sum), x) in combined.iter_mut().zip(&*sums).zip(row(last)) {
                        *combined = T::from_f64(S::mul_add(factors[last], x.to_f64(), sum));
                    }
                } else {
                    combined.fill(T::ZERO);
                }
            }
        }
    }
}
