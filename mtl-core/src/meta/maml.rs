//! First-order MAML.

use std::boxed::Box;
use std::vec::Vec;

use super::{InnerLoop, MetaError, Row, slots, step};
use crate::flat;
use crate::kernel::scalar::Scalar;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::optimizer::Optimizer;
use crate::setting::require_some;

/// First-order MAML: an optimizer's step against the mean over some tasks of `∇L_query(θ̃)`, where `θ̃` are the
/// parameters after a few steps on the task's support rows, and the dependence of `θ̃` on `θ` is left out. Finn, Abbeel, Levine 2017.
#[derive(Clone, Copy, Debug)]
pub struct Maml<O> {
    outer: O,
    iterations: usize,
    tasks: usize,
}

impl<O> Maml<O> {
    /// With 4 tasks an iteration.
    #[must_use]
    pub const fn new(outer: O, iterations: usize) -> Self {
        Self { outer, iterations, tasks: 4 }
    }

    /// How many tasks an iteration takes the mean over; at least 1.
    #[must_use]
    pub fn tasks(self, tasks: usize) -> Self {
        Self { tasks, ..self }
    }

    /// Trains the starting point: `task` draws the support and the query rows of a task.
    ///
    /// # Errors
    ///
    /// A setting that cannot be; a task without rows or without a label, or a loss or a parameter that is not finite: the model is left as it was
    /// before that iteration.
    pub fn train<M: Model, I: Optimizer<M::Scalar>>(
        &self,
        model: &mut M,
        inner: &mut InnerLoop<M, I>,
        mut task: impl FnMut(usize) -> (Vec<Row<M>>, Vec<Row<M>>),
    ) -> Result<(), MetaError>
    where
        O: Optimizer<M::Scalar>,
    {
        self.outer.check()?;
        require_some("Maml::new(iterations)", self.iterations)?;
        require_some("Maml::tasks", self.tasks)?;
        let mut mean: Box<M> = flat::zeroed_box();
        let mut slots = slots::<M, O>(&self.outer);
        let share = M::Scalar::from_f64(1.0 / self.tasks as f64);
        for iteration in 0..self.iterations {
            flat::set_zero(&mut *mean);
            let mut heads = HeadSet::NONE;
            for number in 0..self.tasks {
                let (support, query) = task(iteration * self.tasks + number);
                inner.adapt(model, &support)?;
                let (labelled, gradient) = inner.query_gradient(&query)?;
                heads.0 |= labelled.0;
                for (mean, &gradient) in mean.as_mut_slice().iter_mut().zip(gradient.as_slice()) {
                    *mean += share * gradient;
                }
            }
            step(&self.outer, iteration + 1, heads, model, &mut *mean, &mut slots)?;
        }
        Ok(())
    }
}
