//! Meta-learning: starting parameters from which a model learns a new task in a few steps.
//!
//! A task is a few rows of the same model's inputs and targets; a distribution of tasks is a function that draws one. What serves only heads
//! without a label in a task stays as it is, to the bit.
//! [`Reptile`] and first-order [`Maml`] train the starting point over many draws; [`InnerLoop::adapt`] then learns a new task from it.

mod error;
mod inner;
mod maml;
mod reptile;

pub use error::MetaError;
pub use inner::InnerLoop;
pub use maml::Maml;
pub use reptile::Reptile;

use std::boxed::Box;

use crate::flat;
use crate::model::sets::HeadSet;
use crate::model::{Model, ranges_of};
use crate::optimizer::{Optimizer, all_finite, descend};
use crate::pass::Batch;

/// One row of a task.
pub type Row<M> = (<M as Model>::Inputs, <M as Model>::Targets);

/// What an optimizer remembers of a model; empty where it does not need so many.
type Slots<M> = [Box<[<M as Model>::Scalar]>; 3];

fn slots<M: Model, O: Optimizer<M::Scalar>>(optimizer: &O) -> Slots<M> {
    core::array::from_fn(|slot| flat::zeroed_slice(if slot < optimizer.slots() { M::LEN } else { 0 }))
}

/// One step, counted from 1, of what serves some heads; the rest is left as it is, by decay too. `gradient` becomes the parameters as they
/// were, and the model is left so where the new ones are not finite.
fn step<M: Model, O: Optimizer<M::Scalar>>(
    optimizer: &O,
    step: usize,
    heads: HeadSet,
    model: &mut M,
    gradient: &mut M,
    slots: &mut Slots<M>,
) -> Result<(), MetaError> {
    const CHUNK: usize = 1024;
    let ranges = || ranges_of(M::PARAMETERS, |tensor| tensor.is_trained_for(heads));
    let mut finite = true;
    for range in ranges() {
        let slots = slots.each_mut().map(|slot| if slot.is_empty() { &mut [][..] } else { &mut slot[range.clone()] });
        let (parameters, gradient) = (&mut model.as_mut_slice()[range.clone()], &mut gradient.as_mut_slice()[range]);
        finite &= descend::<_, _, CHUNK>(optimizer, optimizer.learning_rate(), step as u64, parameters, gradient, slots);
    }
    if finite {
        return Ok(());
    }
    let parameter = first_not_finite(model).unwrap_or(M::NAME);
    for range in ranges() {
        model.as_mut_slice()[range.clone()].copy_from_slice(&gradient.as_slice()[range]);
    }
    Err(MetaError::NonFiniteParameter { parameter, step })
}

/// The first tensor with a number that is none.
fn first_not_finite<M: Model>(model: &M) -> Option<&'static str> {
    let broken = M::PARAMETERS.iter().find(|tensor| !all_finite(&model.as_slice()[tensor.offset..tensor.offset + tensor.len]));
    broken.map(|tensor| tensor.path)
}

/// The heads with a label in some rows.
///
/// # Errors
///
/// No rows, or none with a label.
fn labelled<M: Model>(rows: &[Row<M>]) -> Result<HeadSet, MetaError> {
    if rows.is_empty() {
        return Err(MetaError::EmptyTask);
    }
    let heads: HeadSet = (0..M::HEADS.len()).filter(|&head| Batch::<M>::labels(rows, head) > 0).collect();
    if heads.is_empty() { Err(MetaError::NoLabels) } else { Ok(heads) }
}
