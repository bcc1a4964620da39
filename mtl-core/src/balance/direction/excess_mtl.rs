use core::fmt::Debug;

use crate::balance::gradients::LANES;
use crate::balance::{BalanceError, Direction, Gradients, MAX_TASKS, State, StateUnknown, Storage, VisitState};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::setting::{InvalidSetting, require};

/// Gradients whose squares are numbers, with room for sums.
const LONGEST: f64 = 1e150;

/// What is added to the sums of squares before their root.
const EPSILON: f64 = 1e-7;

/// Robust multi-task learning with excess risks (ExcessMTL): tasks far from their optimum gain weight; a weighted sum over the tasks, with weights of mean 1.
///
/// `weightᵢ ∝ weightᵢ e^(η eᵢ)`, where `eᵢ = Σ gᵢ²/√(Σ_t gᵢ² + 1e-7)`, relative to its value in the task's first step, estimates the excess risk from the gradient, element by element, and the
/// sum under the root is over all steps so far. In the first step all weights are 1. For a task that is absent nothing changes: the others' weights change relative to their own mean.
///
/// The sums are one number for each task and shared parameter, which `M` holds: a `Vec`, or an array or slice without an allocator.
///
/// He, Zhou, Zhang, Zhao: Robust Multi-Task Learning with Excess Risks, ICML 2024.
#[derive(Clone, Debug)]
pub struct ExcessMtl<M> {
    step_size: f64,
    log_weights: [f64; MAX_TASKS],
    initial: [f64; MAX_TASKS],
    squares: M,
}

#[cfg(feature = "std")]
impl ExcessMtl<std::vec::Vec<f64>> {
    /// With η = 0.01.
    #[must_use]
    pub fn new() -> Self {
        Self::with_storage(std::vec::Vec::new())
    }
}

#[cfg(feature = "std")]
impl Default for ExcessMtl<std::vec::Vec<f64>> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Storage> ExcessMtl<M> {
    /// As `new`, with memory for the sums of squares, all 0: tasks times shared parameters.
    #[must_use]
    pub fn with_storage(squares: M) -> Self {
        Self { step_size: 0.01, log_weights: [0.0; MAX_TASKS], initial: [0.0; MAX_TASKS], squares }
    }

    /// How fast the weights move, η.
    ///
    /// It must be finite and at least 0.
    #[must_use]
    pub fn step_size(self, step_size: f64) -> Self {
        Self { step_size, ..self }
    }
}

impl<T: Scalar, M: Storage + Debug> Direction<T> for ExcessMtl<M> {
    fn check(&self) -> Result<(), InvalidSetting> {
        require("ExcessMtl::step_size", self.step_size, self.step_size >= 0.0, "be finite and at least 0")
    }

    fn prepare(&mut self, tasks: usize, parameters: usize) -> Result<(), BalanceError> {
        self.squares.reserve(tasks * parameters).map(|_| ())
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        Direction::<T>::check(self)?;
        let parameters = gradients.parameters();
        let mut excess = [0.0; MAX_TASKS];
        // Before anything changes: all gradients are finite.
        gradients.norms(&mut excess[..gradients.all_tasks()])?;
        if let Some(&task) = gradients.tasks().iter().find(|&&task| excess[task] * gradients.scale(task) > LONGEST) {
            return Err(BalanceError::GradientNotFinite { task });
        }
        let squares = self.squares.reserve(gradients.all_tasks() * parameters)?;
        let mut moving = 0.0;
        let mut total = 0.0;
        for &task in gradients.tasks() {
            let squares = &mut squares[task * parameters..(task + 1) * parameters];
            let risk = dispatch(Excess { gradients, task, squares });
            excess[task] = 0.0;
            if self.initial[task] > 0.0 {
                // Far beyond any use, and still a number.
                excess[task] = (risk / self.initial[task]).min(1e6);
                total += excess[task];
                moving += 1.0;
            } else {
                self.initial[task] = risk;
                excess[task] = f64::NAN;
            }
        }
        for &task in gradients.tasks() {
            // NaN marks a task in its first step.
            if !excess[task].is_nan() {
                let moved = self.log_weights[task] + self.step_size * (excess[task] - total / moving);
                self.log_weights[task] = moved.clamp(-1e300, 1e300);
            }
        }
        let mut weights = [0.0; MAX_TASKS];
        let weights = &mut weights[..gradients.len()];
        let largest = gradients.tasks().iter().map(|&task| self.log_weights[task]).fold(f64::NEG_INFINITY, f64::max);
        for (weight, &task) in weights.iter_mut().zip(gradients.tasks()) {
            *weight = libm::exp(self.log_weights[task] - largest);
        }
        let mean = weights.iter().sum::<f64>() / weights.len() as f64;
        for weight in weights.iter_mut() {
            *weight /= mean;
        }
        gradients.combine(weights, combined)
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        visit("log_weights", State::Numbers(&mut self.log_weights));
        visit("initial", State::Numbers(&mut self.initial));
        visit("squares", State::Numbers(self.squares.all()));
        Ok(())
    }
}

/// Adds a task's squared gradient to its sums, and gives `Σ g²/√(sum + ε)`.
struct Excess<'a, T> {
    gradients: &'a Gradients<'a, T>,
    task: usize,
    squares: &'a mut [f64],
}

impl<T: Scalar> Kernel for Excess<'_, T> {
    type Output = f64;

    #[inline(always)]
    fn run<S: InstructionSet>(self) -> f64 {
        let scale = self.gradients.scale(self.task);
        let mut sums = [0.0; LANES];
        let mut rest_sum = 0.0;
        let mut first = 0;
        let add = |square: &mut f64, value: T| {
            let value = scale * value.to_f64();
            let own = value * value;
            *square += own;
            own / Scalar::sqrt(*square + EPSILON)
        };
        for range in self.gradients.ranges() {
            let squares = &mut self.squares[first..first + range.len()];
            first += range.len();
            let (squares, rest_squares) = squares.as_chunks_mut::<LANES>();
            let (values, rest_values) = self.gradients.row(self.task)[range].as_chunks::<LANES>();
            for (squares, values) in squares.iter_mut().zip(values) {
                for lane in 0..LANES {
                    sums[lane] += add(&mut squares[lane], values[lane]);
                }
            }
            rest_sum += rest_squares.iter_mut().zip(rest_values).map(|(square, &value)| add(square, value)).sum::<f64>();
        }
        rest_sum + sums.iter().sum::<f64>()
    }
}
