//! Projections onto the dual cone of the gradients: the directions that conflict with none of them.

use crate::balance::Gram;
use crate::balance::quadratic::{nonnegative_minimum, scratch_length};
use crate::balance::scratch::with_scratch;
use crate::setting::{InvalidSetting, require};

/// What is added to the diagonal where nothing else is said, as in TorchJD.
pub(super) const REGULARIZATION: f64 = 1e-4;

/// A regularisation is in its range.
pub(super) fn check_regularization(setting: &'static str, value: f64) -> Result<(), InvalidSetting> {
    require(setting, value, (0.0..=1.0).contains(&value), "be at least 0 and at most 1")
}

/// Projects several combinations `Jᵀu` of the gradients onto the dual cone `{d : J d ≥ 0}` and adds their weights up.
///
/// The projection of `Jᵀu` is `Jᵀv`, where v minimises `vᵀGv` over `v ≥ u` (Quinton, Rey 2024, proposition 1). G is divided by its trace,
/// and `regularization` is added to its diagonal. `combinations` gives a u for each number until it returns false.
pub(super) fn add_projections(gram: &Gram<'_>, regularization: f64, weights: &mut [f64], mut combinations: impl FnMut(usize, &mut [f64]) -> bool) {
    let size = gram.size();
    with_scratch(size * size + 3 * size + scratch_length(size), &mut |scratch| {
        let (matrix, scratch) = scratch.split_at_mut(size * size);
        let (start, scratch) = scratch.split_at_mut(size);
        let (linear, scratch) = scratch.split_at_mut(size);
        let (raise, scratch) = scratch.split_at_mut(size);
        let trace: f64 = (0..size).map(|i| gram.value(i, i)).sum();
        if trace > 0.0 {
            for (entry, &value) in matrix.iter_mut().zip(gram.values()) {
                *entry = value / trace;
            }
            for i in 0..size {
                matrix[i * size + i] += regularization;
            }
        }
        weights.fill(0.0);
        for number in 0.. {
            start.fill(0.0);
            if !combinations(number, start) {
                break;
            }
            // v = u + x with x ≥ 0: ½ xᵀGx + (Gu)ᵀx.
            for (i, linear) in linear.iter_mut().enumerate() {
                *linear = -(0..size).map(|j| matrix[i * size + j] * start[j]).sum::<f64>();
            }
            nonnegative_minimum(size, matrix, linear, raise, scratch);
            for ((weight, &start), &raise) in weights.iter_mut().zip(&*start).zip(&*raise) {
                *weight += start + raise;
            }
        }
    });
}
