//! Training steps in memory that the program sets aside: no allocator needed.

use crate::flat;
use crate::kernel::scalar::Scalar;
use crate::layer::context::Pass;
use crate::model::sets::HeadSet;
use crate::model::{Model, ranges_of};
use crate::optimizer::{Optimizer, copy_scalars, descend, each_is_finite};
use crate::pass::{self, PassError, Tile};
use crate::setting::InvalidSetting;

/// All that training steps need beside the model: a tile of `COLUMNS` samples, a gradient and `SLOTS` slots for the optimizer.
///
/// All zero it is ready for the first step, so it can be a `static`, which costs the program's file nothing:
///
/// ```text
/// static mut STEPPER: Stepper<Patient, 4, 2> = flat::zeroed();
/// ```
///
/// It takes `1 + SLOTS` times the weights and a tile: `size_of::<Stepper<Patient, 4, 2>>()` bytes. Batches may be of any size; for
/// a model with batch normalisation no larger than the tile.
pub struct Stepper<M: Model, const COLUMNS: usize, const SLOTS: usize> {
    tile: Tile<M, COLUMNS>,
    statistics: M::Statistics,
    gradient: M,
    slots: [M; SLOTS],
    steps: u64,
}

flat::own_zeroable!([M: Model, const COLUMNS: usize, const SLOTS: usize] Stepper<M, COLUMNS, SLOTS> as Stepper {
    tile: Tile<M, COLUMNS>,
    statistics: M::Statistics,
    gradient: M,
    slots: [M; SLOTS],
    steps: u64,
});

/// Why a step was not taken; the parameters are as they were.
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StepError {
    /// A hyperparameter of the optimizer that is not what it must be.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A batch that a pass cannot take.
    #[error(transparent)]
    Pass(#[from] PassError),
    /// A gradient that is NaN or infinite: the learning rate may be too high, or the inputs too large.
    #[error("the gradient is not finite")]
    NonFinite,
    /// A parameter, a moving statistic or what the optimizer remembers would be NaN or infinite: the learning rate is too high, or the gradient
    /// too large. The optimizer's memory has taken the step: set the stepper to zero before training goes on.
    #[error("the parameters after the step are not finite")]
    NonFiniteParameters,
}

/// How many parameters are moved at once; so many numbers lie on the stack meanwhile.
const CHUNK: usize = 128;

impl<M: Model, const COLUMNS: usize, const SLOTS: usize> Stepper<M, COLUMNS, SLOTS> {
    /// One step on a batch: the gradient of the combined loss, with the heads' weights as declared, moves the parameters.
    ///
    /// Returns the heads' mean losses from before the step. The optimizer must be the same from step to step, as its memory
    /// is kept here; one with more slots than there are is an error when compiling.
    ///
    /// # Errors
    ///
    /// See [`StepError`].
    pub fn step<O: Optimizer<M::Scalar>>(&mut self, model: &mut M, optimizer: &O, batch: &[(M::Inputs, M::Targets)]) -> Result<M::Losses, StepError> {
        const { assert!(O::SLOTS <= SLOTS && SLOTS <= 3, "the optimizer needs `Optimizer::SLOTS` slots; there are 3 at most") };
        optimizer.check()?;
        let Self { tile, statistics, gradient, slots, steps } = self;
        // Layers hash the key; an odd factor makes those of all steps differ in both halves.
        let pass = Pass::train((*steps + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let losses = pass::value_and_gradient(
            pass::Work { model, pass, heads: HeadSet::ALL },
            batch,
            &M::loss_weights(),
            pass::Memory { tiles: core::slice::from_mut(tile), statistics },
            gradient,
        )?;
        if !each_is_finite(gradient.as_slice()) {
            return Err(StepError::NonFinite);
        }
        *steps += 1;
        // The gradient becomes the model as it was.
        for range in ranges_of(M::PARAMETERS, |tensor| !tensor.trainable) {
            copy(gradient.as_mut_slice(), model.as_slice(), range);
        }
        let mut finite = true;
        for range in ranges_of(M::PARAMETERS, |tensor| tensor.trainable) {
            let mut slots = slots.iter_mut();
            let slots = core::array::from_fn(|_| slots.next().and_then(|slot| slot.as_mut_slice().get_mut(range.clone())).unwrap_or_default());
            if let (Some(parameters), Some(gradient)) = (model.as_mut_slice().get_mut(range.clone()), gradient.as_mut_slice().get_mut(range)) {
                finite &= descend::<_, _, CHUNK>(optimizer, optimizer.learning_rate(), *steps, parameters, gradient, slots);
            }
        }
        model.update_statistics(HeadSet::ALL, statistics);
        if finite && each_is_finite(model.as_slice()) {
            return Ok(losses);
        }
        for range in ranges_of(M::PARAMETERS, |_| true) {
            copy(model.as_mut_slice(), gradient.as_slice(), range);
        }
        Err(StepError::NonFiniteParameters)
    }

    /// How many steps were taken.
    #[must_use]
    pub const fn steps(&self) -> u64 {
        self.steps
    }
}

/// Without an index that could panic.
#[inline(never)]
fn copy<T: Scalar>(to: &mut [T], from: &[T], range: core::ops::Range<usize>) {
    if let (Some(to), Some(from)) = (to.get_mut(range.clone()), from.get(range)) {
        copy_scalars(to, from);
    }
}
