use core::fmt::Debug;

use crate::balance::gradients::product;
use crate::balance::{BalanceError, Direction, Gradients, MAX_TASKS, State, StateUnknown, Storage, VisitState};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::setting::{InvalidSetting, require};

/// Gradients of logarithms whose squares are numbers, with room for sums.
const LONGEST: f64 = 1e150;

/// Squares below this lose digits, or vanish.
const LEAST_SQUARE: f64 = 1e-250;

/// The norm of a vector with such squares.
fn short_norm(average: &[f64]) -> f64 {
    let largest = average.iter().fold(0.0_f64, |largest, value| largest.max(value.abs()));
    if largest == 0.0 { 0.0 } else { largest * libm::sqrt(average.iter().map(|value| (value / largest) * (value / largest)).sum()) }
}

/// What is added to losses before their logarithm.
const EPSILON: f64 = 1e-8;

/// Dual-balancing (DB-MTL): gradients of the losses' logarithms, averaged over time, all scaled to the norm of the longest; the sum over the tasks.
///
/// `bᵢ ← β bᵢ + (1 − β) gᵢ/(Lᵢ + 1e-8)`, which begins at 0, and the result is `Σ (max‖b‖/‖bᵢ‖) bᵢ`. An absent task's average stays as it is and
/// takes no part. (Parameters that one head alone depends on follow the gradient of the loss itself.)
///
/// The averages are one number for each task and shared parameter, which `M` holds: a `Vec`, or an array or slice without an allocator.
///
/// Lin et al.: Dual-Balancing for Multi-Task Learning, 2023; with a constant β as in its implementation.
///
/// # Errors
///
/// [`BalanceError::LossTooSmall`] for a negative loss.
#[derive(Clone, Debug)]
pub struct DbMtl<M> {
    beta: f64,
    averages: M,
}

#[cfg(feature = "std")]
impl DbMtl<std::vec::Vec<f64>> {
    /// With β = 0.9.
    #[must_use]
    pub fn new() -> Self {
        Self::with_storage(std::vec::Vec::new())
    }
}

#[cfg(feature = "std")]
impl Default for DbMtl<std::vec::Vec<f64>> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Storage> DbMtl<M> {
    /// As `new`, with memory for the averages, all 0: tasks times shared parameters.
    #[must_use]
    pub fn with_storage(averages: M) -> Self {
        Self { beta: 0.9, averages }
    }

    /// How much of the average stays, β.
    ///
    /// It must be in [0, 1).
    #[must_use]
    pub fn beta(self, beta: f64) -> Self {
        Self { beta, ..self }
    }
}

impl<T: Scalar, M: Storage + Debug> Direction<T> for DbMtl<M> {
    fn check(&self) -> Result<(), InvalidSetting> {
        require("DbMtl::beta", self.beta, (0.0..1.0).contains(&self.beta), "be at least 0 and below 1")
    }

    fn prepare(&mut self, tasks: usize, parameters: usize) -> Result<(), BalanceError> {
        self.averages.reserve(tasks * parameters).map(|_| ())
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        Direction::<T>::check(self)?;
        let parameters = gradients.parameters();
        let mut norms = [0.0; MAX_TASKS];
        gradients.norms(&mut norms[..gradients.all_tasks()])?;
        for &task in gradients.tasks() {
            let loss = gradients.loss(task);
            if !loss.is_finite() {
                return Err(BalanceError::LossNotFinite { task, loss });
            }
            if loss < 0.0 {
                return Err(BalanceError::LossTooSmall { task, loss, least: 0.0 });
            }
            if norms[task] * gradients.scale(task) / (loss + EPSILON) > LONGEST {
                return Err(BalanceError::GradientNotFinite { task });
            }
        }
        let averages = self.averages.reserve(gradients.all_tasks() * parameters)?;
        let mut longest = 0.0_f64;
        for &task in gradients.tasks() {
            let factor = (1.0 - self.beta) * gradients.scale(task) / (gradients.loss(task) + EPSILON);
            let average = &mut averages[task * parameters..(task + 1) * parameters];
            let squared = dispatch(Average { gradients, task, keep: self.beta, factor, average });
            norms[task] = if squared > LEAST_SQUARE { libm::sqrt(squared) } else { short_norm(average) };
            longest = longest.max(norms[task]);
        }
        for &task in gradients.tasks() {
            let factor = longest / norms[task];
            // An average that is as good as 0 has no direction.
            norms[task] = if factor.is_finite() { factor } else { 0.0 };
        }
        dispatch(Sum { gradients, averages, factors: &norms, combined });
        Ok(())
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("averages", State::Numbers(self.averages.all()));
        Ok(())
    }
}

/// Moves a task's average, and gives its squared norm.
struct Average<'a, T> {
    gradients: &'a Gradients<'a, T>,
    task: usize,
    keep: f64,
    factor: f64,
    average: &'a mut [f64],
}

impl<T: Scalar> Kernel for Average<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<S: InstructionSet>(self) -> f64 {
        let (keep, factor) = (self.keep, self.factor);
        let mut first = 0;
        let mut squared = 0.0;
        for range in self.gradients.ranges() {
            let average = &mut self.average[first..first + range.len()];
            first += range.len();
            for (average, value) in average.iter_mut().zip(&self.gradients.row(self.task)[range]) {
                *average = S::mul_add(factor, value.to_f64(), keep * *average);
            }
            squared += product::<S, f64>(average, average);
        }
        squared
    }
}

/// The weighted sum of the averages.
struct Sum<'a, T> {
    gradients: &'a Gradients<'a, T>,
    averages: &'a [f64],
    factors: &'a [f64],
    combined: &'a mut [T],
}

impl<T: Scalar> Kernel for Sum<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        const COLUMNS: usize = 256;
        let parameters = self.gradients.parameters();
        let mut sums = [0.0; COLUMNS];
        let mut first = 0;
        for range in self.gradients.ranges() {
            for combined in self.combined[range].chunks_mut(COLUMNS) {
                let sums = &mut sums[..combined.len()];
                sums.fill(0.0);
                for &task in self.gradients.tasks() {
                    let factor = self.factors[task];
                    for (sum, &average) in sums.iter_mut().zip(&self.averages[task * parameters + first..]) {
                        *sum = S::mul_add(factor, average, *sum);
                    }
                }
                for (combined, &sum) in combined.iter_mut().zip(&*sums) {
                    *combined = T::from_f64(sum);
                }
                first += combined.len();
            }
        }
    }
}
