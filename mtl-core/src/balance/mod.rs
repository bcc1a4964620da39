//! Balancing tasks: weights for the losses, and directions from the tasks' gradients.
//!
//! Heads that share parameters pull them in different directions with different strength. A [`LossWeighting`] gives
//! each head's loss `Lᵢ` a weight; a [`Direction`] looks at each head's gradient `gᵢ` with respect to the shared
//! parameters (those that two heads or more depend on) and chooses one direction for all. A trainer takes either, or both,
//! by `Trainer::weighting` and `Trainer::direction`: with both, the direction sees the gradients of the weighted losses. Parameters
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
mod error;
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

#[doc(hidden)]
pub use direction::Every as EveryDirection;
pub use direction::{
    AlignedMtl, AlignedScale, CaGrad, ConFig, DbMtl, Direction, DualProjection, ExcessMtl, FairGrad, GradDrop, GradVac, ImtlG, Mgda, NashMtl, PcGrad,
    Sum, UpGrad,
};
pub use error::BalanceError;
pub(crate) use gradients::dot;
pub use gradients::{Gradients, SharedParameters};
pub use gram::Gram;
pub use state::{State, StateUnknown, VisitState};
pub use step::{combine_flat_gradients, combine_gradients};
pub use storage::Storage;
#[doc(hidden)]
pub use weighting::Every as EveryWeighting;
pub use weighting::{
    DynamicWeightAverage, Famo, FixedWeights, GeometricMean, GradNorm, ImtlL, LossWeighting, Needs, RandomWeights, SmoothTchebycheff, StepReport,
    Uncertainty,
};

use crate::model::HeadSet;

/// The largest number of tasks: that of the heads of a model.
pub const MAX_TASKS: usize = 64;

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
