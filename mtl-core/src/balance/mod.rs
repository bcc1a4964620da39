//! Balancing tasks: weights for the losses, and directions from the tasks' gradients.
//!
//! Heads that share parameters pull them in different directions with different strength. A [`LossWeighting`] gives
//! each head's loss `Lᵢ` a weight; a [`Direction`] looks at each head's gradient `gᵢ` with respect to the shared
//! parameters (those that two heads or more depend on) and chooses one direction for all. Either works alone, and
//! [`Combined`] puts one after the other: the direction then sees the gradients of the weighted losses. Parameters
//! that one head alone depends on always follow their own head's gradient, times its loss weight.
//!
//! # From the losses
//!
//! | strategy | sum or mean over the tasks | weights from | source |
//! |---|---|---|---|
//! | [`FixedWeights`] | sum | the declaration | |
//! | [`Uncertainty`] | sum, halved | learned log variances | Kendall, Gal, Cipolla 2018 |
//! | [`DynamicWeightAverage`] | sum | epoch means | Liu, Johns, Davison 2019 |
//! | [`GeometricMean`] | mean | this step's losses | Chennupati et al. 2019 |
//! | [`RandomWeights`] | mean | draws | Lin et al. 2021 |
//! | [`ImtlL`] | sum | learned log scales | Liu et al. 2021 |
//! | [`Famo`] | mean | this step's losses, before and after it | Liu et al. 2023 |
//! | [`SmoothTchebycheff`] | mean | this step's losses | Lin et al. 2024 |
//! | [`GradNorm`] | sum | gradient norms | Chen et al. 2018 |
//!
//! # From the gradients
//!
//! | strategy | sum or mean over the tasks | source |
//! |---|---|---|
//! | [`Sum`] | sum | |
//! | [`PcGrad`] | sum | Yu et al. 2020 |
//! | [`GradVac`] | sum | Wang et al. 2021 |
//! | [`Mgda`] | convex combination | Sener, Koltun 2018 |
//! | [`CaGrad`] | mean, times up to 1 + c | Liu et al. 2021 |
//! | [`ImtlG`] | affine combination | Liu et al. 2021 |
//! | [`NashMtl`] | norm of at most 1 | Navon et al. 2022 |
//! | [`FairGrad`] | a scale of its own | Ban, Ji 2024 |
//! | [`AlignedMtl`] | mean of gradients of one length | Senushkin et al. 2023 |
//! | [`UpGrad`] | mean | Quinton, Rey 2024 |
//! | [`DualProjection`] | mean | Lopez-Paz, Ranzato 2017 |
//! | [`ConFig`] | sum | Liu, Chu, Thuerey 2024 |
//! | [`GradDrop`] | sum | Chen et al. 2020 |
//! | [`DbMtl`] | sum | Lin et al. 2023 |
//! | [`ExcessMtl`] | sum | He et al. 2024 |
//!
//! Which one to take, and whether any: `docs/choosing.md` has what each costs and where it helped in the examples.
//!
//! Sums and means differ by a factor of the number of tasks T: take it into the learning rate when comparing.
//!
//! # How a training step applies them
//!
//! With a loss weighting alone, a step costs one backward pass:
//!
//! 1. `present` is the set of heads with a label in the batch. Where [`LossWeighting::needs`] says so, the forward
//!    passes of all tiles run first and give this step's losses; else the weights are known beforehand.
//! 2. [`LossWeighting::weights`] gives the weights that scale each head's loss in the backward pass
//!    (the `weights` of [`pass::value_and_gradient`](crate::pass::value_and_gradient)).
//! 3. After the optimizer's step, [`LossWeighting::update`] is told the losses, and, where it needs them, the gradient norms
//!    ([`Gradients::norms`]) and the losses of the same batch after the step.
//! 4. After each epoch, [`LossWeighting::epoch_end`] is told the mean losses.
//!
//! With a direction, [`pass::backward_heads`](crate::pass::backward_heads) with one set a head and weights of 1 gives one
//! gradient a head from one forward pass, and [`combine_gradients`] makes one gradient of them: shared ranges by the
//! direction, private ranges by their own head, all times the loss weights (1 without a loss weighting). As the weights come
//! in afterwards, no loss weighting needs a second pass there. Penalties
//! ([`Model::penalty`](crate::model::Model::penalty)) are added to the combined gradient.
//!
//! Tasks absent from a batch take no part: the methods run on the tasks that are present as if there were no others, and the state of
//! absent ones stays as it was. Random draws come from a generator in the strategy, seeded by its user, so that a run can be repeated.
//! All that a strategy keeps is shown by its `state`, so that a checkpoint holds it.
//!
//! The Gram matrix, its eigenvectors and the quadratic programs are in f64 on the stack, whatever the model computes in. The matrix of
//! gradients in f32 is added up from short sums in f32 where their rounding cannot matter ([`Gradients::gram`]).
//! Their memory follows the number of tasks, up to [`MAX_TASKS`].
//!
//! # A direction by itself
//!
//! ```
//! use mtl_core::balance::{Direction, Gradients, SharedParameters, UpGrad};
//! use mtl_core::model::HeadSet;
//!
//! // Two tasks whose gradients conflict, and what both can agree on.
//! let rows = [&[-4.0, 1.0, 1.0][..], &[6.0, 1.0, 1.0][..]];
//! let gradients = Gradients::new(&rows, &[1.0, 1.0], &[0.3, 0.7], HeadSet::ALL, SharedParameters::All)?;
//! let mut combined = [0.0; 3];
//! UpGrad::default().combine(&gradients, &mut combined)?;
//! assert!((combined[0] - 0.2929_f64).abs() < 1e-4 && (combined[1] - 1.9004).abs() < 1e-4);
//! # Ok::<(), mtl_core::balance::BalanceError>(())
//! ```

mod direction;
mod gradients;
mod gram;
mod linear_algebra;
mod power_equilibrium;
mod quadratic;
mod scratch;
mod state;
mod step;
mod storage;
mod task_adam;
mod weighting;

pub use direction::{
    AlignedMtl, AlignedScale, CaGrad, ConFig, DbMtl, DualProjection, ExcessMtl, FairGrad, GradDrop, GradVac, ImtlG, Mgda, NashMtl, PcGrad, Sum,
    UpGrad,
};
pub(crate) use gradients::dot;
pub use gradients::{Gradients, SharedParameters};
pub use gram::Gram;
pub use state::{State, StateUnknown, VisitState};
pub use step::{combine_flat_gradients, combine_gradients};
pub use storage::Storage;
pub use weighting::{DynamicWeightAverage, Famo, FixedWeights, GeometricMean, GradNorm, ImtlL, RandomWeights, SmoothTchebycheff, Uncertainty};

use core::fmt::Debug;

use crate::Scalar;
use crate::model::HeadSet;

/// The largest number of tasks: that of the heads of a model.
pub const MAX_TASKS: usize = 64;

/// A step that a strategy cannot balance. Its state is as it was before.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum BalanceError {
    /// No tasks, or too many.
    #[error("there are {tasks} tasks; balancing takes 1 to {MAX_TASKS}")]
    TaskCount {
        /// How many there are.
        tasks: usize,
    },
    /// Two things that belong together have different lengths.
    #[error("{what}: {found} values where {expected} are expected")]
    LengthMismatch {
        /// What is too long or too short.
        what: &'static str,
        /// How many values it should have.
        expected: usize,
        /// How many it has.
        found: usize,
    },
    /// A loss that is infinite or NaN.
    #[error("the loss of task {task} is {loss}")]
    LossNotFinite {
        /// The number of the task.
        task: usize,
        /// Its loss.
        loss: f64,
    },
    /// A loss below the least value for which the strategy is defined, as it takes its logarithm or divides by it.
    #[error(
        "the loss of task {task} is {loss}, but the strategy is defined for losses of {least} and more: below 0 too, `FixedWeights`, `RandomWeights`, \
         `DynamicWeightAverage`, `SmoothTchebycheff` and `GradNorm` take any loss, `Famo` takes those above its `least_losses`, and all directions but \
         `DbMtl` take any"
    )]
    LossTooSmall {
        /// The number of the task.
        task: usize,
        /// Its loss.
        loss: f64,
        /// The least loss for which it is defined.
        least: f64,
    },
    /// A weight for a loss that is negative, or not finite in the model's scalar.
    #[error("the strategy gives the loss of task {task} the weight {weight}")]
    InvalidWeight {
        /// The number of the task.
        task: usize,
        /// Its weight.
        weight: f64,
    },
    /// A gradient that is infinite, NaN, or too long for its square to be a number.
    #[error("the gradient of task {task} is not finite")]
    GradientNotFinite {
        /// The number of the task.
        task: usize,
    },
    /// The step lacks something that [`LossWeighting::needs`] asks for.
    #[error("the strategy needs {what}, which the step does not have")]
    NotMeasured {
        /// What is missing.
        what: &'static str,
    },
    /// The strategy's memory, given when it was made, is too small for the model.
    #[error("the strategy keeps {needed} numbers for this model, and has memory for {available}")]
    StorageTooSmall {
        /// How many numbers it keeps.
        needed: usize,
        /// For how many there is memory.
        available: usize,
    },
}

impl BalanceError {
    /// The number of the task that it is about, if it is about one.
    #[must_use]
    pub const fn task(&self) -> Option<usize> {
        match self {
            Self::LossNotFinite { task, .. }
            | Self::LossTooSmall { task, .. }
            | Self::InvalidWeight { task, .. }
            | Self::GradientNotFinite { task } => Some(*task),
            Self::TaskCount { .. } | Self::LengthMismatch { .. } | Self::NotMeasured { .. } | Self::StorageTooSmall { .. } => None,
        }
    }
}

/// What a loss weighting must be told in a step, beside the losses that it learns afterwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Needs {
    /// This step's losses before the backward pass, for [`LossWeighting::weights`].
    pub losses: bool,
    /// The norms of the tasks' gradients over the shared parameters, for [`LossWeighting::update`].
    pub gradient_norms: bool,
    /// The losses of the same batch after the optimizer's step, for [`LossWeighting::update`].
    pub losses_after: bool,
}

/// What happened in a training step.
#[derive(Clone, Copy, Debug)]
pub struct StepReport<'a> {
    /// The loss of each task, without its weight.
    pub losses: &'a [f64],
    /// The tasks that had a label.
    pub present: HeadSet,
    /// The norm `‖gᵢ‖` of each task's gradient over the shared parameters, without its weight.
    pub gradient_norms: Option<&'a [f64]>,
    /// The loss of each task on the same batch after the step.
    pub losses_after: Option<&'a [f64]>,
    /// The learning rate of the model's optimizer in this step.
    pub learning_rate: f64,
}

/// A strategy that weights the tasks' losses.
///
/// Losses, weights and norms are slices with one value a task, absent ones included; values of absent tasks mean nothing, and their weight is 0.
pub trait LossWeighting: Send {
    /// What the strategy must be told.
    fn needs(&self) -> Needs {
        Needs::default()
    }

    /// Whether the strategy is defined for these losses: asked in every step, before the parameters move.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LossTooSmall`] or another; none unless it is implemented.
    fn check(&self, losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        let _ = (losses, present);
        Ok(())
    }

    /// The weights of a step: the derivative of the strategy's objective with respect to each loss.
    ///
    /// `losses` are this step's where [`needs`](Self::needs) asks for them; else they are not read.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn weights(&mut self, losses: &[f64], present: HeadSet, weights: &mut [f64]) -> Result<(), BalanceError>;

    /// Learns from a step, after the optimizer's.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn update(&mut self, step: &StepReport<'_>) -> Result<(), BalanceError> {
        let _ = step;
        Ok(())
    }

    /// Learns from an epoch: `present` are the tasks that had a label in it, `mean_losses` their mean training losses.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn epoch_end(&mut self, mean_losses: &[f64], present: HeadSet) -> Result<(), BalanceError> {
        let _ = (mean_losses, present);
        Ok(())
    }

    /// Shows all that the strategy keeps from step to step, in parts that have the same names and lengths in every step of a training:
    /// to be written to a checkpoint, or to be overwritten by what was written. Hyperparameters are no part of it.
    ///
    /// A strategy that keeps nothing returns `Ok(())`.
    ///
    /// # Errors
    ///
    /// [`StateUnknown`], unless it is implemented.
    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        let _ = visit;
        Err(StateUnknown)
    }
}

/// A strategy that makes one direction of the tasks' gradients over the shared parameters.
///
/// Where it is a weighted sum with weights that depend on the gradients' inner products alone, implement [`GramDirection`].
pub trait Direction<T: Scalar>: Send {
    /// Takes memory for a model with this many tasks and shared scalars, before training begins; [`combine`](Self::combine) must work without it too.
    ///
    /// # Errors
    ///
    /// [`BalanceError::StorageTooSmall`].
    fn prepare(&mut self, tasks: usize, parameters: usize) -> Result<(), BalanceError> {
        let _ = (tasks, parameters);
        Ok(())
    }

    /// Writes the direction to the shared ranges of `combined`, a flat gradient, and to nothing else of it. At least one task is present.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError>;

    /// Shows all that the strategy keeps from step to step, in parts that have the same names and lengths in every step of a training:
    /// to be written to a checkpoint, or to be overwritten by what was written. Hyperparameters are no part of it.
    ///
    /// A strategy that keeps nothing returns `Ok(())`.
    ///
    /// # Errors
    ///
    /// [`StateUnknown`], unless it is implemented.
    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        let _ = visit;
        Err(StateUnknown)
    }
}

/// A [`Direction`] `Σ wᵢ gᵢ` with weights that depend on the Gram matrix `Gᵢⱼ = gᵢ·gⱼ` alone.
pub trait GramDirection: Send {
    /// With which power of a common factor of all gradients the direction grows, `d(s g) = s^degree d(g)`: 1 where the weights do not depend on it.
    ///
    /// Where it is known, [`weights`](Self::weights) is given the matrix of gradients of which the longest has a length of about 1, so that no
    /// size of the gradients overflows or vanishes in it. For a degree below 1 the longest counts as 1e-20 where it is shorter: below, the
    /// direction is in proportion to the gradients, and vanishes with them.
    fn degree(&self) -> Option<f64> {
        None
    }

    /// Takes memory for this many tasks.
    ///
    /// # Errors
    ///
    /// [`BalanceError::StorageTooSmall`].
    fn prepare_tasks(&mut self, tasks: usize) -> Result<(), BalanceError> {
        let _ = tasks;
        Ok(())
    }

    /// The weight of each task that is present, in the order of the matrix's rows. The matrix is finite and has one row at least.
    ///
    /// # Errors
    ///
    /// See [`BalanceError`].
    fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError>;

    /// Shows all that the strategy keeps from step to step, in parts that have the same names and lengths in every step of a training:
    /// to be written to a checkpoint, or to be overwritten by what was written. Hyperparameters are no part of it.
    ///
    /// A strategy that keeps nothing returns `Ok(())`.
    ///
    /// # Errors
    ///
    /// [`StateUnknown`], unless it is implemented.
    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        let _ = visit;
        Err(StateUnknown)
    }
}

impl<T: Scalar, D: GramDirection + ?Sized> Direction<T> for D {
    fn prepare(&mut self, tasks: usize, _: usize) -> Result<(), BalanceError> {
        self.prepare_tasks(tasks)
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        let count = gradients.len();
        let mut weights = [0.0; MAX_TASKS];
        let weights = &mut weights[..count];
        let degree = self.degree();
        let mut result = Ok(1.0);
        scratch::with_scratch(count * count, &mut |values| {
            result = match degree {
                None => gradients.gram(values).and_then(|gram| self.weights(&gram, weights).map(|()| 1.0)),
                Some(_) => gradients.gram_by_unit(values).and_then(|(gram, unit)| self.weights(&gram, weights).map(|()| unit)),
            };
        });
        let unit = result?;
        match degree {
            // The weights are those of g/unit, and d(g) = unit^degree d(g/unit).
            Some(degree) if degree != 1.0 => gradients.combine_by_unit(weights, unit, degree, combined),
            Some(_) | None => gradients.combine(weights, combined),
        }
    }

    fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        GramDirection::state(self, visit)
    }
}

/// What a training step balances with: a loss weighting, a direction, or both.
///
/// Every strategy of this module is one by itself. For one of your own, implement this beside its trait, or put it into [`Combined`]. Its `Debug`
/// shows its hyperparameters, which a checkpoint compares: derive it. What its `state` shows is left out of that.
pub trait Balance<T: Scalar>: Send + Debug {
    /// The loss weighting; without one every loss has weight 1.
    fn weighting(&mut self) -> Option<&mut dyn LossWeighting>;
    /// The direction; without one the shared parameters follow the sum.
    fn direction(&mut self) -> Option<&mut dyn Direction<T>>;
}

/// A loss weighting, and a direction from the gradients of the weighted losses.
#[derive(Clone, Debug)]
pub struct Combined<W, D> {
    /// Weights the losses.
    pub weighting: W,
    /// Combines the weighted losses' gradients.
    pub direction: D,
}

impl<W, D> Combined<W, D> {
    /// `weighting` first, then `direction`.
    #[must_use]
    pub const fn new(weighting: W, direction: D) -> Self {
        Self { weighting, direction }
    }
}

impl<T: Scalar, W: LossWeighting + Debug, D: Direction<T> + Debug> Balance<T> for Combined<W, D> {
    fn weighting(&mut self) -> Option<&mut dyn LossWeighting> {
        Some(&mut self.weighting)
    }
    fn direction(&mut self) -> Option<&mut dyn Direction<T>> {
        Some(&mut self.direction)
    }
}

/// A strategy that is lent: what it has learned can be read after training.
impl<T: Scalar, B: Balance<T> + ?Sized> Balance<T> for &mut B {
    fn weighting(&mut self) -> Option<&mut dyn LossWeighting> {
        (**self).weighting()
    }
    fn direction(&mut self) -> Option<&mut dyn Direction<T>> {
        (**self).direction()
    }
}

/// A strategy chosen at run time.
#[cfg(feature = "std")]
impl<T: Scalar, B: Balance<T> + ?Sized> Balance<T> for std::boxed::Box<B> {
    fn weighting(&mut self) -> Option<&mut dyn LossWeighting> {
        (**self).weighting()
    }
    fn direction(&mut self) -> Option<&mut dyn Direction<T>> {
        (**self).direction()
    }
}

/// Each a [`Balance`] by itself.
macro_rules! loss_weightings {
    ($($strategy:ty),* $(,)?) => {$(
        impl<T: Scalar> Balance<T> for $strategy {
            fn weighting(&mut self) -> Option<&mut dyn LossWeighting> {
                Some(self)
            }
            fn direction(&mut self) -> Option<&mut dyn Direction<T>> {
                None
            }
        }
    )*};
}
loss_weightings!(FixedWeights, Uncertainty, DynamicWeightAverage, GeometricMean, RandomWeights, ImtlL, Famo, SmoothTchebycheff, GradNorm);

/// Each a [`Balance`] by itself.
macro_rules! directions {
    ($([$($storage:ident)?] $strategy:ty),* $(,)?) => {$(
        impl<T: Scalar $(, $storage: Storage + Debug + 'static)?> Balance<T> for $strategy {
            fn weighting(&mut self) -> Option<&mut dyn LossWeighting> {
                None
            }
            fn direction(&mut self) -> Option<&mut dyn Direction<T>> {
                Some(self)
            }
        }
    )*};
}
directions!(
    [] PcGrad,
    [M] GradVac<M>,
    [] Mgda,
    [] CaGrad,
    [] ImtlG,
    [] NashMtl,
    [] FairGrad,
    [] AlignedMtl,
    [] UpGrad,
    [] DualProjection,
    [] ConFig,
    [] GradDrop,
    [] Sum,
    [M] DbMtl<M>,
    [M] ExcessMtl<M>,
);

fn check_tasks(tasks: usize) -> Result<(), BalanceError> {
    if (1..=MAX_TASKS).contains(&tasks) { Ok(()) } else { Err(BalanceError::TaskCount { tasks }) }
}

pub(crate) fn check_length(what: &'static str, expected: usize, found: usize) -> Result<(), BalanceError> {
    if expected == found { Ok(()) } else { Err(BalanceError::LengthMismatch { what, expected, found }) }
}

/// What was given by task is for no more tasks than there are.
fn check_given(what: &'static str, tasks: usize, given: usize) -> Result<(), BalanceError> {
    if given <= tasks { Ok(()) } else { Err(BalanceError::LengthMismatch { what, expected: tasks, found: given }) }
}

/// What a smaller loss counts as where the weight grows as it falls.
const SMALLEST_LOSS: f64 = 1e-8;

/// The losses of the tasks present are finite, and as many as the weights.
fn check_losses(losses: &[f64], present: HeadSet, least: f64) -> Result<(), BalanceError> {
    check_tasks(losses.len())?;
    for (task, &loss) in losses.iter().enumerate().filter(|&(task, _)| present.contains(task)) {
        if !loss.is_finite() {
            return Err(BalanceError::LossNotFinite { task, loss });
        }
        if loss < least {
            return Err(BalanceError::LossTooSmall { task, loss, least });
        }
    }
    Ok(())
}

/// Turns scores into `softmax(scores)` over the tasks present, times `total`; 0 for the others.
fn softmax_present(scores: &[f64], present: HeadSet, total: f64, weights: &mut [f64]) {
    // Far beyond any difference that counts, and no differences of infinities.
    let score = |task: usize| scores[task].clamp(-1e300, 1e300);
    let tasks = || (0..weights.len()).filter(|&task| present.contains(task));
    let largest = tasks().map(score).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = tasks().map(|task| libm::exp(score(task) - largest)).sum();
    for (task, weight) in weights.iter_mut().enumerate() {
        *weight = if present.contains(task) { total * libm::exp(score(task) - largest) / sum } else { 0.0 };
    }
}

/// How many of `tasks` tasks are present.
fn count_present(tasks: usize, present: HeadSet) -> usize {
    (0..tasks).filter(|&task| present.contains(task)).count()
}
