//! Weights that are in balance with what they do to each task: `(G w)ᵢ = wᵢ^(−p)`.

use super::MAX_TASKS;
use super::linear_algebra::{CANCELLED, cholesky_solve, quadratic_form};
use super::quadratic::{self, least_norm_weights};

/// How much working memory [`power_equilibrium`] needs.
pub(super) const fn scratch_length(size: usize) -> usize {
    size * size + quadratic::scratch_length(size)
}

/// Solves `(G w)ᵢ = wᵢ^(−p)`, `w > 0`, for a positive semi-definite `G` and `p > 0`; a task without a gradient gets 0.
///
/// It is the minimum of the convex `½ wᵀGw − Σ φ(wᵢ)` with `φ' = w^(−p)` (`φ = ln w` for p = 1), found by Newton's method with
/// steps that keep w positive and a line search. Where a convex combination of the gradients vanishes, so that no direction improves all tasks,
/// there is no solution, and all weights are 0. The diagonal is raised by `RIDGE` relative to itself, against rounding, and by
/// `LEAST_SHARE` relative to its largest entry, so that weights do not grow without bound as a gradient vanishes.
pub(super) fn power_equilibrium(size: usize, gram: &[f64], power: f64, weights: &mut [f64], scratch: &mut [f64]) {
    const RIDGE: f64 = 1e-14;
    const LEAST_SHARE: f64 = 1e-30;
    const ITERATIONS: usize = 200;
    const PRECISION: f64 = 1e-12;

    let mut tasks = [0_usize; MAX_TASKS];
    let mut count = 0;
    weights[..size].fill(0.0);
    for i in 0..size {
        if gram[i * size + i] > 0.0 {
            tasks[count] = i;
            count += 1;
        }
    }
    let (matrix, scratch) = scratch.split_at_mut(count * count);
    for (row, &i) in tasks[..count].iter().enumerate() {
        for (column, &j) in tasks[..count].iter().enumerate() {
            matrix[row * count + column] = gram[i * size + j];
        }
    }
    let mut hull = [0.0; MAX_TASKS];
    let hull = &mut hull[..count];
    least_norm_weights(count, matrix, hull, scratch);
    let (least, terms) = quadratic_form(count, matrix, hull);
    if least <= CANCELLED * terms {
        return;
    }
    let largest = (0..size).map(|i| gram[i * size + i]).fold(0.0, f64::max);
    let (hessian, scratch) = scratch.split_at_mut(count * count);
    let (w, scratch) = scratch.split_at_mut(count);
    let (step, scratch) = scratch.split_at_mut(count);
    let moved = &mut scratch[..count];
    for (row, &i) in tasks[..count].iter().enumerate() {
        matrix[row * count + row] = matrix[row * count + row] * (1.0 + RIDGE) + LEAST_SHARE * largest;
        // The solution for gradients at right angles.
        w[row] = libm::pow(gram[i * size + i] + LEAST_SHARE * largest, -1.0 / (1.0 + power));
    }

    for _ in 0..ITERATIONS {
        // In the relative step y = Δ/w: (W G W + p W^(1−p)) y = W (G w − w^(−p)).
        let mut converged = true;
        for i in 0..count {
            let pull: f64 = (0..count).map(|j| matrix[i * count + j] * w[j]).sum::<f64>() * w[i];
            let push = libm::pow(w[i], 1.0 - power);
            step[i] = pull - push;
            converged &= step[i].abs() <= PRECISION * push;
            for j in 0..count {
                hessian[i * count + j] = w[i] * matrix[i * count + j] * w[j];
            }
            hessian[i * count + i] += power * push;
        }
        if converged {
            break;
        }
        moved.copy_from_slice(step);
        cholesky_solve(count, hessian, step);
        let decrease: f64 = moved.iter().zip(&*step).map(|(slope, step)| slope * step).sum();
        let largest = step.iter().copied().fold(0.0, f64::max);
        let mut length = if largest > 0.95 { 0.95 / largest } else { 1.0 };
        let (before, magnitude) = objective(count, matrix, power, w);
        for _ in 0..50 {
            for i in 0..count {
                moved[i] = w[i] * (1.0 - length * step[i]);
            }
            if objective(count, matrix, power, moved).0 <= before - 1e-4 * length * decrease + 4.0 * f64::EPSILON * magnitude {
                break;
            }
            length *= 0.5;
        }
        w.copy_from_slice(moved);
    }
    for (&i, &value) in tasks[..count].iter().zip(&*w) {
        weights[i] = value;
    }
}

/// `½ wᵀGw − Σ φ(wᵢ)`, and the sum of the absolute values of its terms.
fn objective(size: usize, matrix: &[f64], power: f64, w: &[f64]) -> (f64, f64) {
    let (mut value, mut magnitude) = quadratic_form(size, matrix, w);
    value *= 0.5;
    for &w in w {
        let utility = if power == 1.0 { libm::log(w) } else { libm::pow(w, 1.0 - power) / (1.0 - power) };
        value -= utility;
        magnitude += utility.abs();
    }
    (value, magnitude)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_equation_holds() {
        // Gradients (3, 0), (−2, 1), (0.1, 0.2).
        let gram = [9.0, -6.0, 0.3, -6.0, 5.0, 0.0, 0.3, 0.0, 0.05];
        for power in [0.01, 0.05, 0.2, 0.5, 1.0, 1.7, 5.0, 10.0] {
            let (mut w, mut scratch) = ([0.0; 3], [0.0; scratch_length(3)]);
            power_equilibrium(3, &gram, power, &mut w, &mut scratch);
            for i in 0..3 {
                let pull: f64 = (0..3).map(|j| gram[i * 3 + j] * w[j]).sum();
                let push = libm::pow(w[i], -power);
                assert!(w[i] > 0.0 && (pull / push - 1.0).abs() < 1e-9, "p = {power}: {pull} for {push}");
            }
        }
    }

    #[test]
    fn opposite_gradients_give_no_direction() {
        let (mut w, mut scratch) = ([0.0; 2], [0.0; scratch_length(2)]);
        power_equilibrium(2, &[1.0, -1.0, -1.0, 1.0], 1.0, &mut w, &mut scratch);
        assert_eq!(w, [0.0; 2]);
    }
}
