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

use crate::Model;

/// One row of a task.
pub type Row<M> = (<M as Model>::Inputs, <M as Model>::Targets);
