//! Reptile.

use super::{InnerLoop, MetaError, Row};
use crate::kernel::scalar::Scalar;
use crate::model::Model;
use crate::optimizer::Optimizer;
use crate::setting::{require, require_some};

/// Reptile: `θ ← θ + ε (θ̃ − θ)`, where `θ̃` are the parameters after a few steps on one task.
///
/// `ε` falls linearly from [`outer_step`](Self::outer_step) to 0 over the iterations. Nichol, Achiam, Schulman 2018.
#[derive(Clone, Copy, Debug)]
pub struct Reptile {
    iterations: usize,
    outer_step: f64,
}

impl Reptile {
    /// With `ε` from 0.1 down to 0.
    #[must_use]
    pub const fn new(iterations: usize) -> Self {
        Self { iterations, outer_step: 0.1 }
    }

    /// The first `ε`: above 0, and at most 1, where the starting point becomes what the first task makes of it.
    #[must_use]
    pub const fn outer_step(self, outer_step: f64) -> Self {
        Self { outer_step, ..self }
    }

    /// Trains the starting point: `task` draws a task for every iteration.
    ///
    /// # Errors
    ///
    /// A setting that cannot be; a task without rows or without a label, or a loss or a parameter that is not finite: the model is left as it was
    /// before that task.
    pub fn train<M: Model, O: Optimizer<M::Scalar>>(
        &self,
        model: &mut M,
        inner: &mut InnerLoop<M, O>,
        mut task: impl FnMut(usize) -> std::vec::Vec<Row<M>>,
    ) -> Result<(), MetaError> {
        require_some("Reptile::new(iterations)", self.iterations)?;
        let allowed = self.outer_step > 0.0 && self.outer_step <= 1.0;
        require("Reptile::outer_step", self.outer_step, allowed, "be above 0 and at most 1")?;
        for iteration in 0..self.iterations {
            let step = M::Scalar::from_f64(self.outer_step * (1.0 - iteration as f64 / self.iterations as f64));
            let adapted = inner.adapt(model, &task(iteration))?;
            for (start, &adapted) in model.as_mut_slice().iter_mut().zip(adapted.as_slice()) {
                *start += step * (adapted - *start);
            }
        }
        Ok(())
    }
}
