use crate::balance::{BalanceError, Direction, Gradients, MAX_TASKS, StateUnknown, VisitState};
use crate::kernel::scalar::Scalar;

/// The sum of the tasks' gradients: where training goes without a direction.
///
/// It gives what one backward pass for all tasks gives, at the cost of one for each: the yardstick for the other directions,
/// and what [`GradNorm`](crate::balance::GradNorm) takes, which has to know each task's gradient.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sum;

impl<T: Scalar> Direction<T> for Sum {
    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine(&[1.0; MAX_TASKS][..gradients.len()], combined)
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}
