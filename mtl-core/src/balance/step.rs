//! One step of gradient balancing on a model.

use super::{BalanceError, Direction, Gradients, MAX_TASKS, SharedParameters};
use crate::kernel::scalar::Scalar;
use crate::model::{HeadSet, Model, ParameterInfo};

/// Combines the gradients of a model's heads: shared parameters by a direction, every other parameter by its own head.
///
/// - `gradients`: one for each head, in the order of declaration, of that head's loss with weight 1: what
///   [`pass::backward_heads`](crate::pass::backward_heads) gives for one set a head. Those of absent heads are not read.
/// - `losses`: the heads' losses of the step; `weights`: what a loss weighting made of them (1 without one).
/// - `present`: the heads with a label in the batch.
/// - `combined` is overwritten. Parameters that no head depends on, and those of absent heads, get 0. Penalties are the caller's to add.
///
/// Allocates nothing, unless the strategy's own memory grows in the first step.
///
/// # Errors
///
/// See [`BalanceError`].
pub fn combine_gradients<M: Model, D: Direction<M::Scalar> + ?Sized>(
    direction: &mut D,
    gradients: &[M],
    losses: &[f64],
    weights: &[f64],
    present: HeadSet,
    combined: &mut M,
) -> Result<(), BalanceError> {
    super::check_tasks(M::HEADS.len())?;
    super::check_length("gradients", M::HEADS.len(), gradients.len())?;
    let mut rows: [&[M::Scalar]; MAX_TASKS] = [&[]; MAX_TASKS];
    for (row, gradient) in rows.iter_mut().zip(gradients) {
        *row = gradient.as_slice();
    }
    combine_flat_gradients(direction, &rows[..gradients.len()], losses, weights, present, M::PARAMETERS, combined.as_mut_slice())
}

/// As [`combine_gradients`], on flat gradients and a description of the parameters.
///
/// # Errors
///
/// See [`BalanceError`].
pub fn combine_flat_gradients<T: Scalar, D: Direction<T> + ?Sized>(
    direction: &mut D,
    rows: &[&[T]],
    losses: &[f64],
    weights: &[f64],
    present: HeadSet,
    parameters: &[ParameterInfo],
    combined: &mut [T],
) -> Result<(), BalanceError> {
    let gradients = Gradients::new(rows, weights, losses, present, SharedParameters::Of(parameters))?;
    super::check_length("combined gradient", rows[0].len(), combined.len())?;
    for tensor in parameters.iter().filter(|tensor| !tensor.is_shared()) {
        let range = tensor.offset..tensor.offset + tensor.len;
        let (Some(combined), head) = (combined.get_mut(range.clone()), tensor.heads.0.trailing_zeros() as usize) else {
            return Err(BalanceError::LengthMismatch { what: "combined gradient", expected: range.end, found: rows[0].len() });
        };
        if head < rows.len() && present.contains(head) {
            let weight = T::from_f64(weights[head]);
            for (combined, &value) in combined.iter_mut().zip(&rows[head][range]) {
                *combined = weight * value;
            }
        } else {
            combined.fill(T::ZERO);
        }
    }
    if gradients.is_empty() || gradients.parameters() == 0 {
        for range in gradients.ranges() {
            combined[range].fill(T::ZERO);
        }
        return Ok(());
    }
    direction.combine(&gradients, combined)
}
