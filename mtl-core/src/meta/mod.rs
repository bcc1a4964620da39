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
use crate::model::{HeadSet, Model, ranges_of};
use crate::optimizer::Optimizer;
use crate::pass::Batch;

/// One row of a task.
pub type Row<M> = (<M as Model>::Inputs, <M as Model>::Targets);

/// What an optimizer remembers of a model; empty where it does not need so many.
type Slots<M> = [Box<[<M as Model>::Scalar]>; 3];

fn slots<M: Model, O: Optimizer<M::Scalar>>(optimizer: &O) -> Slots<M> {
    core::array::from_fn(|slot| flat::zeroed_slice(if slot < optimizer.slots() { M::LEN } else { 0 }))
}

/// One step, counted from 1, of what serves some heads, at the optimizer's own learning rate. The rest is left as it is, by decay too.
fn descend<M: Model, O: Optimizer<M::Scalar>>(optimizer: &O, step: u64, heads: HeadSet, model: &mut M, gradient: &M, slots: &mut Slots<M>) {
    for range in ranges_of(M::PARAMETERS, |tensor| tensor.is_trained_for(heads)) {
        let slots = slots.each_mut().map(|slot| if slot.is_empty() { &mut [][..] } else { &mut slot[range.clone()] });
        let (parameters, gradient) = (&mut model.as_mut_slice()[range.clone()], &gradient.as_slice()[range]);
        optimizer.update(optimizer.learning_rate(), step, parameters, gradient, slots);
    }
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
