//! Strategies that make one direction of the tasks' gradients, one a file.

mod aligned_mtl;
mod ca_grad;
mod con_fig;
mod db_mtl;
mod dual_cone;
mod dual_projection;
mod excess_mtl;
mod fair_grad;
mod grad_drop;
mod grad_vac;
mod imtl_g;
mod mgda;
mod nash_mtl;
mod pc_grad;
mod sum;
mod up_grad;

pub use aligned_mtl::AlignedScale;

crate::every::every! {
    aligned_mtl::AlignedMtl,
    ca_grad::CaGrad,
    con_fig::ConFig,
    db_mtl::DbMtl,
    dual_projection::DualProjection,
    excess_mtl::ExcessMtl,
    fair_grad::FairGrad,
    grad_drop::GradDrop,
    grad_vac::GradVac,
    imtl_g::ImtlG,
    mgda::Mgda,
    nash_mtl::NashMtl,
    pc_grad::PcGrad,
    sum::Sum,
    up_grad::UpGrad,
}

use core::fmt::Debug;

use super::{BalanceError, Gradients, StateUnknown, VisitState};
use crate::kernel::scalar::Scalar;
use crate::setting::InvalidSetting;

/// A strategy that makes one direction of the tasks' gradients over the shared parameters.
///
/// For one of your own, implement [`combine`](Self::combine), and [`state`](Self::state) where trainings are saved. Where it is a weighted sum
/// with weights that depend on the gradients' inner products alone, [`Gradients::combine_by_gram`] does the rest:
///
/// ```
/// use mtl_core::Scalar;
/// use mtl_core::balance::{BalanceError, Direction, Gradients};
///
/// /// The sum of all gradients, each divided by its norm.
/// #[derive(Debug)]
/// struct EqualNorms;
///
/// impl<T: Scalar> Direction<T> for EqualNorms {
///     fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
///         gradients.combine_by_gram(Some(0.0), combined, |gram, weights| {
///             for (task, weight) in weights.iter_mut().enumerate() {
///                 *weight = 1.0 / gram.value(task, task).max(1e-30).sqrt();
///             }
///             Ok(())
///         })
///     }
/// }
/// ```
///
/// Its `Debug` shows its hyperparameters, which a checkpoint compares: derive it. What `state` shows is left out of that.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a direction from the gradients of the heads",
    note = "a direction is a value such as `mtl::balance::PcGrad::default()`; strategies from losses are given to `Trainer::weighting`"
)]
pub trait Direction<T: Scalar>: Send + Debug {
    /// Looks at the hyperparameters: asked before training begins.
    ///
    /// # Errors
    ///
    /// [`InvalidSetting`] for the first that the strategy cannot work with; none unless it is implemented.
    fn check(&self) -> Result<(), InvalidSetting> {
        Ok(())
    }

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

/// Declares a pointer to a direction to be one: lent, what it keeps can be read after training; boxed, it is chosen at run time.
macro_rules! pointer {
    ($(#[$attribute:meta])* $pointer:ty) => {
        $(#[$attribute])*
        impl<T: Scalar, D: Direction<T> + ?Sized> Direction<T> for $pointer {
            fn check(&self) -> Result<(), InvalidSetting> {
                (**self).check()
            }
            fn prepare(&mut self, tasks: usize, parameters: usize) -> Result<(), BalanceError> {
                (**self).prepare(tasks, parameters)
            }
            fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
                (**self).combine(gradients, combined)
            }
            fn state(&mut self, visit: &mut VisitState<'_>) -> Result<(), StateUnknown> {
                (**self).state(visit)
            }
        }
    };
}
pointer!(&mut D);
pointer!(
    #[cfg(feature = "std")]
    std::boxed::Box<D>
);
