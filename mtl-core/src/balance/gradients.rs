//! The tasks' gradients over the shared parameters, as a direction strategy sees them.

use core::ops::Range;

use super::linear_algebra::cholesky;
use super::scratch::with_scratch;
use super::{BalanceError, Gram, MAX_TASKS};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch, dots};
use crate::model::{HeadSet, ParameterInfo, ranges_of};
use crate::optimizer::all_finite;

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
        let (all, tensors) = match self {
            Self::All => (Some(0..length), [].as_slice()),
            Self::Of(tensors) => (None, tensors),
        };
        all.into_iter().chain(ranges_of(tensors, ParameterInfo::is_shared))
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

    /// Computes the Gram matrix `Gᵢⱼ = gᵢ·gⱼ` of the tasks present into `values` (`len()²` numbers).
    ///
    /// Gradients in f32 are multiplied in f32, a few hundred products are added there, and these sums in f64: that is off by about 1e-7 of
    /// the norms, as the gradients are themselves. Where so much could change what a strategy makes of it, as the gradients nearly depend on
    /// each other, or their squares nearly leave the range of f32, all is done again in f64.
    ///
    /// # Errors
    ///
    /// [`BalanceError::GradientNotFinite`] for the first task with a gradient that is infinite, NaN, or too long to square.
    pub fn gram<'g>(&'g self, values: &'g mut [f64]) -> Result<Gram<'g>, BalanceError> {
        self.multiply(values)?;
        let count = self.count;
        for (i, &task) in self.tasks().iter().enumerate() {
            if !values[i * count + i].is_finite() {
                return Err(BalanceError::GradientNotFinite { task });
            }
        }
        Ok(Gram::of_tasks(count, values, self.tasks(), self.rows.len()))
    }

    /// The Gram matrix of the gradients divided by a unit, a power of two about as large as the longest of them is long; 1 where all are 0.
    ///
    /// # Errors
    ///
    /// [`BalanceError::GradientNotFinite`] for the first task with a gradient that is infinite or NaN.
    fn gram_by_unit<'g>(&'g self, values: &'g mut [f64]) -> Result<(Gram<'g>, f64), BalanceError> {
        // Products of these lose no digits; those of gradients in f32 always are.
        const SQUARES: Range<f64> = 1e-250..1e300;
        self.multiply(values)?;
        let count = self.count;
        let longest = |values: &[f64]| {
            (0..count).map(|i| values[i * count + i]).fold(0.0, |longest, squared| if squared <= longest { longest } else { squared })
        };
        let squared = longest(values);
        let unit;
        if SQUARES.contains(&squared) {
            unit = libm::ldexp(1.0, libm::frexp(squared).1.div_euclid(2));
            values.iter_mut().for_each(|value| *value = *value / unit / unit);
        } else {
            let largest = self.largest()?;
            // The inverse of a smaller unit would be infinite.
            unit = if largest == 0.0 { 1.0 } else { libm::ldexp(1.0, libm::frexp(largest).1.max(-1000)) };
            values.fill(0.0);
            with_scratch(count * EXACT_BLOCK, &mut |copies| dispatch(ExactGramKernel { gradients: self, copies, unit, values: &mut *values }));
            self.mirror(values);
        }
        Ok((Gram::of_tasks(count, values, self.tasks(), self.rows.len()), unit))
    }

    /// All products `gᵢ·gⱼ`.
    fn multiply(&self, values: &mut [f64]) -> Result<(), BalanceError> {
        let count = self.count;
        super::check_length("Gram matrix", count * count, values.len())?;
        values.fill(0.0);
        dispatch(GramKernel { gradients: self, values });
        let mut exact_enough = size_of::<T>() == size_of::<f64>();
        if !exact_enough {
            with_scratch(count * count, &mut |factor| exact_enough = is_far_from_singular(count, values, factor));
        }
        if exact_enough {
            for i in 0..count {
                for j in 0..count {
                    values[i * count + j] *= self.scales[self.tasks[i]] * self.scales[self.tasks[j]];
                }
            }
        } else {
            values.fill(0.0);
            with_scratch(count * EXACT_BLOCK, &mut |copies| dispatch(ExactGramKernel { gradients: self, copies, unit: 1.0, values: &mut *values }));
        }
        self.mirror(values);
        Ok(())
    }

    /// Fills the lower half of a matrix whose upper half is computed.
    fn mirror(&self, values: &mut [f64]) {
        for i in 0..self.count {
            for j in 0..i {
                values[i * self.count + j] = values[j * self.count + i];
            }
        }
    }

    /// The largest absolute value of an element of any gradient.
    fn largest(&self) -> Result<f64, BalanceError> {
        let mut largest = 0.0_f64;
        for &task in self.tasks() {
            let scale = self.scales[task];
            for range in self.ranges() {
                let values = &self.rows[task][range];
                if !(all_finite(values) && scale.is_finite()) {
                    return Err(BalanceError::GradientNotFinite { task });
                }
                largest = values.iter().fold(largest, |largest, value| largest.max((value.to_f64() * scale).abs()));
            }
            if !largest.is_finite() {
                return Err(BalanceError::GradientNotFinite { task });
            }
        }
        Ok(largest)
    }

    /// `combined = Σ wᵢ gᵢ` on the shared ranges, over the tasks present, of which each has a weight.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`].
    pub fn combine(&self, weights: &[f64], combined: &mut [T]) -> Result<(), BalanceError> {
        super::check_length("weights of the gradients", self.count, weights.len())?;
        super::check_length("combined gradient", self.rows.first().map_or(0, |row| row.len()), combined.len())?;
        // Factors that have all their digits in f32, with room for their products. Of others, as where a gradient of 1 is to lose what is along
        // one of 1e-42, all is computed in f64.
        const FACTORS: Range<f64> = 1e-20..1e20;
        let factor = |(&weight, &task): (&f64, &usize)| weight * self.scales[task];
        if weights.iter().zip(self.tasks()).map(factor).any(|factor| factor != 0.0 && !FACTORS.contains(&factor.abs())) {
            let mut factors = [0.0; MAX_TASKS];
            factors.iter_mut().zip(weights.iter().zip(self.tasks()).map(factor)).for_each(|(to, factor)| *to = factor);
            dispatch(WideCombineKernel { gradients: self, inverse: 1.0, factors: &factors[..self.count], combined });
            return Ok(());
        }
        let mut factors = [T::ZERO; MAX_TASKS];
        for ((factor, &weight), &task) in factors.iter_mut().zip(weights).zip(self.tasks()) {
            *factor = T::from_f64(weight * self.scales[task]);
        }
        dispatch(CombineKernel { gradients: self, factors: &factors[..self.count], combined });
        Ok(())
    }

    /// `combined = unit^degree Σ wᵢ gᵢ/unit`; a unit below 1e-20 counts as that in the power of `degree − 1`.
    ///
    /// # Errors
    ///
    /// As [`combine`](Self::combine).
    fn combine_by_unit(&self, weights: &[f64], unit: f64, degree: f64, combined: &mut [T]) -> Result<(), BalanceError> {
        const LEAST_UNIT: f64 = 1e-20;
        // From here on the power by itself might not be a number with all its digits.
        const LARGEST_UNIT: f64 = 1e100;
        let mut factors = [0.0; MAX_TASKS];
        let factors = &mut factors[..self.count];
        super::check_length("weights of the gradients", self.count, weights.len())?;
        super::check_length("combined gradient", self.rows.first().map_or(0, |row| row.len()), combined.len())?;
        let is_huge = unit > LARGEST_UNIT;
        let factor = libm::pow(unit.max(LEAST_UNIT), if is_huge { degree } else { degree - 1.0 });
        factors.iter_mut().zip(weights).for_each(|(to, weight)| *to = weight * factor);
        if is_huge {
            factors.iter_mut().zip(self.tasks()).for_each(|(factor, &task)| *factor *= self.scales[task]);
            dispatch(WideCombineKernel { gradients: self, inverse: 1.0 / unit, factors, combined });
            Ok(())
        } else {
            self.combine(factors, combined)
        }
    }

    /// `combined = Σ wᵢ gᵢ` on the shared ranges, with weights that depend on the Gram matrix `Gᵢⱼ = gᵢ·gⱼ` alone. The matrix is finite.
    ///
    /// `find_weights` gives the weight of each task that is present, in the order of the matrix's rows. `degree` is the power of a common
    /// factor of all gradients that the direction grows with, `d(s g) = s^degree d(g)`: 1 where the weights do not depend on it.
    /// Where it is given, the matrix is that of gradients of which the longest has a length of about 1, so that no size of the gradients
    /// overflows or vanishes in it. For a degree below 1 the longest counts as 1e-20 where it is shorter: below, the direction is in
    /// proportion to the gradients, and vanishes with them.
    ///
    /// # Errors
    ///
    /// [`BalanceError::GradientNotFinite`], [`BalanceError::LengthMismatch`], and those of `find_weights`.
    pub fn combine_by_gram(
        &self,
        degree: Option<f64>,
        combined: &mut [T],
        mut find_weights: impl FnMut(&Gram<'_>, &mut [f64]) -> Result<(), BalanceError>,
    ) -> Result<(), BalanceError> {
        let mut weights = [0.0; MAX_TASKS];
        let weights = &mut weights[..self.count];
        let mut result = Ok(1.0);
        with_scratch(self.count * self.count, &mut |values| {
            result = match degree {
                None => self.gram(values).and_then(|gram| find_weights(&gram, weights).map(|()| 1.0)),
                Some(_) => self.gram_by_unit(values).and_then(|(gram, unit)| find_weights(&gram, weights).map(|()| unit)),
            };
        });
        let unit = result?;
        match degree {
            // The weights are those of g/unit, and d(g) = unit^degree d(g/unit).
            Some(degree) if degree != 1.0 => self.combine_by_unit(weights, unit, degree, combined),
            Some(_) | None => self.combine(weights, combined),
        }
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
            norms[task] = if (1e-250..1e300).contains(&squared) { libm::sqrt(squared) } else { self.norm_by_largest(task)? };
        }
        Ok(())
    }

    /// The norm of a row whose squares leave the range of f64, or are all 0.
    fn norm_by_largest(&self, task: usize) -> Result<f64, BalanceError> {
        let row = || self.ranges().flat_map(|range| &self.rows[task][range]).map(|value| value.to_f64());
        if self.ranges().any(|range| !all_finite(&self.rows[task][range])) {
            return Err(BalanceError::GradientNotFinite { task });
        }
        let largest = row().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        if largest == 0.0 {
            return Ok(0.0);
        }
        let norm = largest * libm::sqrt(row().map(|value| (value / largest) * (value / largest)).sum());
        if norm.is_finite() { Ok(norm) } else { Err(BalanceError::GradientNotFinite { task }) }
    }
}

/// Whether errors of about 1e-7 in a Gram matrix, relative to its diagonal, matter little: its Cholesky factor, scaled to rows of
/// length 1, has no entry below 0.03 on its diagonal, which is the sine of the angle to what is spanned by the rows before.
fn is_far_from_singular(size: usize, gram: &[f64], factor: &mut [f64]) -> bool {
    const LEAST_SQUARED_SINE: f64 = 1e-3;
    // The squares of f32 that neither overflow nor lose digits, with room for sums.
    const SQUARES: Range<f64> = 1e-24..1e32;
    if (0..size).any(|i| !SQUARES.contains(&gram[i * size + i])) {
        return false;
    }
    // The upper half is filled in.
    for i in 0..size {
        for j in 0..=i {
            factor[i * size + j] = gram[j * size + i];
        }
    }
    cholesky(size, factor) > LEAST_SQUARED_SINE
}

/// The inner product of two vectors of one length, summed in f64.
#[must_use]
pub(crate) fn dot<T: Scalar>(left: &[T], right: &[T]) -> f64 {
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

/// Sums side by side, of which the compiler makes vector registers.
pub(super) const LANES: usize = 32;

/// `x·y`, summed in f64.
#[inline(always)]
pub(super) fn product<S: InstructionSet, T: Scalar>(x: &[T], y: &[T]) -> f64 {
    let ((x_chunks, x_rest), (y_chunks, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for lane in 0..LANES {
            sums[lane] = S::mul_add(x[lane].to_f64(), y[lane].to_f64(), sums[lane]);
        }
    }
    sums.iter().sum::<f64>() + x_rest.iter().zip(y_rest).map(|(x, y)| x.to_f64() * y.to_f64()).sum::<f64>()
}

/// Columns that all pairs of tasks are multiplied on before the next ones: the rows stay in the cache, and sums in f32 stay short.
const BLOCK: usize = 4096;

/// As many in f64, for gradients in f32.
const EXACT_BLOCK: usize = 256;

/// Adds the inner products of the rows to the upper half of `values`.
struct GramKernel<'a, T> {
    gradients: &'a Gradients<'a, T>,
    values: &'a mut [f64],
}

impl<T: Scalar> Kernel for GramKernel<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let Self { gradients, values } = self;
        for range in gradients.ranges() {
            for start in range.clone().step_by(BLOCK) {
                let block = start..range.end.min(start + BLOCK);
                dots::<S, T>(gradients.count, |i| &gradients.rows[gradients.tasks[i]][block.clone()], values);
            }
        }
    }
}

/// As [`GramKernel`], of copies in f64 with their loss weights, divided by a unit; `copies` has room for [`EXACT_BLOCK`] columns of every task.
struct ExactGramKernel<'a, T> {
    gradients: &'a Gradients<'a, T>,
    copies: &'a mut [f64],
    unit: f64,
    values: &'a mut [f64],
}

impl<T: Scalar> Kernel for ExactGramKernel<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let Self { gradients, copies, unit, values } = self;
        let inverse = 1.0 / unit;
        for range in gradients.ranges() {
            for start in range.clone().step_by(EXACT_BLOCK) {
                let block = start..range.end.min(start + EXACT_BLOCK);
                for (copy, &task) in copies.chunks_exact_mut(EXACT_BLOCK).zip(gradients.tasks()) {
                    let scale = gradients.scales[task];
                    for (copy, value) in copy.iter_mut().zip(&gradients.rows[task][block.clone()]) {
                        *copy = value.to_f64() * inverse * scale;
                    }
                }
                dots::<S, f64>(gradients.count, |i| &copies[i * EXACT_BLOCK..][..block.len()], values);
            }
        }
    }
}

/// As [`CombineKernel`], in f64, of rows times `inverse`.
struct WideCombineKernel<'a, T> {
    gradients: &'a Gradients<'a, T>,
    inverse: f64,
    factors: &'a [f64],
    combined: &'a mut [T],
}

impl<T: Scalar> Kernel for WideCombineKernel<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let Self { gradients, inverse, factors, combined } = self;
        for range in gradients.ranges() {
            for place in range {
                let terms = factors.iter().zip(gradients.tasks()).map(|(&factor, &task)| factor * (gradients.rows[task][place].to_f64() * inverse));
                combined[place] = T::from_f64(terms.sum());
            }
        }
    }
}

struct CombineKernel<'a, T> {
    gradients: &'a Gradients<'a, T>,
    factors: &'a [T],
    combined: &'a mut [T],
}

impl<T: Scalar> Kernel for CombineKernel<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        const COLUMNS: usize = 512;
        let Self { gradients, factors, combined } = self;
        let mut sums = [T::ZERO; COLUMNS];
        for range in gradients.ranges() {
            for start in range.clone().step_by(COLUMNS) {
                let block = start..range.end.min(start + COLUMNS);
                let row = |i: usize| &gradients.rows[gradients.tasks[i]][block.clone()];
                // Two tasks at a time; the last two, or the last one, straight into the result.
                let last = gradients.count.saturating_sub(1) / 2 * 2;
                let sums = &mut sums[..block.len()];
                sums.fill(T::ZERO);
                for i in (0..last).step_by(2) {
                    for ((sum, &x), &y) in sums.iter_mut().zip(row(i)).zip(row(i + 1)) {
                        *sum = S::mul_add(factors[i], x, S::mul_add(factors[i + 1], y, *sum));
                    }
                }
                let combined = &mut combined[block.clone()];
                if last + 1 < gradients.count {
                    for (((combined, &sum), &x), &y) in combined.iter_mut().zip(&*sums).zip(row(last)).zip(row(last + 1)) {
                        *combined = S::mul_add(factors[last], x, S::mul_add(factors[last + 1], y, sum));
                    }
                } else if last < gradients.count {
                    for ((combined, &sum), &x) in combined.iter_mut().zip(&*sums).zip(row(last)) {
                        *combined = S::mul_add(factors[last], x, sum);
                    }
                } else {
                    combined.fill(T::ZERO);
                }
            }
        }
    }
}
