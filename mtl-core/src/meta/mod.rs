//! Meta-learning: starting parameters from which a model learns a new task in a few steps.
//!
//! A task is a few rows of the same model's inputs and targets; a distribution of tasks is a function that draws one.
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
use crate::model::{Model, ranges_of};
use crate::optimizer::Optimizer;

/// One row of a task.
pub type Row<M> = (<M as Model>::Inputs, <M as Model>::Targets);

/// What an optimizer remembers of a model; empty where it does not need so many.
type Slots<M> = [Box<[<M as Model>::Scalar]>; 3];

fn slots<M: Model, O: Optimizer<M::Scalar>>(optimizer: &O) -> Slots<M> {
    core::array::from_fn(|slot| flat::zeroed_slice(if slot < optimizer.slots() { M::LEN } else { 0 }))
}

/// One step, counted from 1, of everything that is trained, at the optimizer's own learning rate.
fn descend<M: Model, O: Optimizer<M::Scalar>>(optimizer: &O, step: u64, model: &mut M, gradient: &M, slots: &mut Slots<M>) {
    for range in ranges_of(M::PARAMETERS, |tensor| tensor.trainable) {
        let slots = slots.each_mut().map(|slot| if slot.is_empty() { &mut [][..] } else { &mut slot[range.clone()] });
        let (parameters, gradient) = (&mut model.as_mut_slice()[range.clone()], &gradient.as_slice()[range]);
        optimizer.update(optimizer.learning_rate(), step, parameters, gradient, slots);
    }
}
