//! The two quadratic programs that directions are made of, solved exactly by active sets.

use super::MAX_TASKS;
use super::linear_algebra::{cholesky, cholesky_substitute};

/// How much working memory the programs of `size` variables need.
pub(super) const fn scratch_length(size: usize) -> usize {
    3 * size * size + 4 * size
}

/// Minimises `½ xᵀAx − bᵀx` over `x ≥ 0` for a positive semi-definite `A` whose range `b` is in.
///
/// The active-set method of Lawson and Hanson (Solving Least Squares Problems, 1974, chapter 23) on the normal
/// equations, scaled to a unit diagonal so that tasks of very different size are told apart as well as others.
/// A variable that depends linearly on those in use stays 0.
pub(super) fn nonnegative_minimum(size: usize, matrix: &[f64], linear: &[f64], solution: &mut [f64], scratch: &mut [f64]) {
    const VANISHING_PIVOT: f64 = 1e-13;
    const ROUNDING: f64 = 1e-13;

    let (scaled, scratch) = scratch.split_at_mut(size * size);
    let (factor, scratch) = scratch.split_at_mut(size * size);
    let (candidate, scratch) = scratch.split_at_mut(size);
    let (unit, scratch) = scratch.split_at_mut(size);
    let right = &mut scratch[..size];
    for i in 0..size {
        let diagonal = matrix[i * size + i];
        unit[i] = if diagonal > 0.0 { 1.0 / libm::sqrt(diagonal) } else { 0.0 };
    }
    for i in 0..size {
        right[i] = linear[i] * unit[i];
        for j in 0..size {
            scaled[i * size + j] = matrix[i * size + j] * unit[i] * unit[j];
        }
    }

    solution[..size].fill(0.0);
    let mut used = [0_usize; MAX_TASKS];
    let mut count = 0;
    // Not to be tried: in use, without a gradient, or found to depend on those in use.
    let mut closed = [false; MAX_TASKS];
    for i in 0..size {
        closed[i] = unit[i] == 0.0;
    }

    for _ in 0..10 * size + 10 {
        let mut entering = None;
        let mut steepest = 0.0;
        for i in (0..size).filter(|&i| !closed[i]) {
            let (mut slope, mut magnitude) = (right[i], right[i].abs());
            for &k in &used[..count] {
                let term = scaled[i * size + k] * solution[k];
                slope -= term;
                magnitude += term.abs();
            }
            if slope > ROUNDING * magnitude && slope > steepest {
                steepest = slope;
                entering = Some(i);
            }
        }
        let Some(entering) = entering else { break };
        closed[entering] = true;
        used[count] = entering;
        if !extend_factor(size, scaled, factor, &used, count, VANISHING_PIVOT) {
            continue;
        }
        count += 1;

        let mut first = true;
        while count > 0 {
            for (value, &i) in candidate.iter_mut().zip(&used[..count]) {
                *value = right[i];
            }
            cholesky_substitute(count, size, factor, candidate);
            if core::mem::take(&mut first) && candidate[count - 1] <= 0.0 {
                // Its slope was a rounding error after all.
                count -= 1;
                break;
            }
            if candidate[..count].iter().all(|&value| value > 0.0) {
                for (&value, &i) in candidate.iter().zip(&used[..count]) {
                    solution[i] = value;
                }
                // What depended on other variables may not depend on these.
                for i in 0..size {
                    closed[i] = unit[i] == 0.0 || used[..count].contains(&i);
                }
                break;
            }
            // As far as the first variable that would leave the feasible set, which goes out of use.
            let mut step = f64::INFINITY;
            let mut leaving = 0;
            for (position, (&value, &i)) in candidate.iter().zip(&used[..count]).enumerate() {
                if value <= 0.0 {
                    let share = if solution[i] > 0.0 { solution[i] / (solution[i] - value) } else { 0.0 };
                    if share < step {
                        step = share;
                        leaving = position;
                    }
                }
            }
            for (&value, &i) in candidate.iter().zip(&used[..count]) {
                solution[i] += step * (value - solution[i]);
            }
            let out = used[leaving];
            solution[out] = 0.0;
            closed[out] = false;
            used.copy_within(leaving + 1..count, leaving);
            count -= 1;
            // The rows of the factor below the one that left change.
            let last = count;
            count = leaving;
            for position in leaving..last {
                used.swap(count, position);
                if extend_factor(size, scaled, factor, &used, count, VANISHING_PIVOT) {
                    count += 1;
                } else {
                    solution[used[count]] = 0.0;
                }
            }
        }
    }
    for (value, &unit) in solution.iter_mut().zip(&*unit) {
        *value *= unit;
    }
}

/// Appends the row of variable `used[count]` to the Cholesky factor of those before it; false where it depends on them.
fn extend_factor(size: usize, scaled: &[f64], factor: &mut [f64], used: &[usize], count: usize, vanishing: f64) -> bool {
    let entering = used[count];
    let mut pivot = scaled[entering * size + entering];
    for position in 0..count {
        let products: f64 = (0..position).map(|k| factor[count * size + k] * factor[position * size + k]).sum();
        let value = (scaled[entering * size + used[position]] - products) / factor[position * size + position];
        factor[count * size + position] = value;
        pivot -= value * value;
    }
    factor[count * size + count] = libm::sqrt(pivot.max(0.0));
    pivot > vanishing
}

/// The weights, not negative and of sum 1, of the point of least norm in the convex hull of vectors with this Gram matrix.
///
/// `min xᵀ(G + ρ11ᵀ)x − 2ρ1ᵀx` over `x ≥ 0` has the same solution up to its sum, for any ρ > 0: along a ray through the
/// simplex its least value is `−ρ²/(‖Σxᵢgᵢ‖² + ρ)`. The smallest squared norm serves as ρ: the least norm is not above it.
pub(super) fn least_norm_weights(size: usize, gram: &[f64], weights: &mut [f64], scratch: &mut [f64]) {
    let smallest = (0..size).map(|i| gram[i * size + i]).fold(f64::INFINITY, f64::min);
    if smallest <= 0.0 {
        // Vectors without length are that point themselves.
        let count = (0..size).filter(|&i| gram[i * size + i] <= 0.0).count();
        for i in 0..size {
            weights[i] = if gram[i * size + i] <= 0.0 { 1.0 / count as f64 } else { 0.0 };
        }
        return;
    }
    let (shifted, scratch) = scratch.split_at_mut(size * size);
    let (linear, scratch) = scratch.split_at_mut(size);
    for (shifted, &value) in shifted.iter_mut().zip(gram) {
        *shifted = value + smallest;
    }
    linear.fill(smallest);
    // Often no gradient can be left out: then that is all.
    let (factor, _) = scratch.split_at_mut(size * size);
    factor.copy_from_slice(shifted);
    weights[..size].fill(smallest);
    let of_full_rank = cholesky(size, factor) > 1e-6;
    if of_full_rank {
        cholesky_substitute(size, size, factor, &mut weights[..size]);
    }
    if !of_full_rank || weights[..size].iter().any(|&weight| weight <= 0.0) {
        nonnegative_minimum(size, shifted, linear, weights, scratch);
    }
    let sum: f64 = weights[..size].iter().sum();
    for weight in &mut weights[..size] {
        *weight = if sum > 0.0 { *weight / sum } else { 1.0 / size as f64 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::Xoshiro256PlusPlus;
    use rand::{RngExt, SeedableRng};

    fn random_gram(rng: &mut Xoshiro256PlusPlus, size: usize, dimensions: usize, gram: &mut [f64]) {
        let mut rows = [[0.0; 40]; 40];
        for row in &mut rows[..size] {
            for value in &mut row[..dimensions] {
                *value = rng.random_range(-1.0..1.0);
            }
        }
        for i in 0..size {
            for j in 0..size {
                gram[i * size + j] = (0..dimensions).map(|k| rows[i][k] * rows[j][k]).sum();
            }
        }
    }

    /// The Karush-Kuhn-Tucker conditions: `x ≥ 0`, `Ax − b ≥ 0`, and one of the two is 0.
    #[test]
    fn minimum_satisfies_the_optimality_conditions() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(1);
        for case in 0..400 {
            let size = 1 + case % 24;
            // As many dimensions as tasks or more, and fewer: then the matrix is singular.
            let dimensions = 1 + (case * 7) % 38;
            let mut gram = [0.0; 24 * 24];
            random_gram(&mut rng, size, dimensions, &mut gram);
            let mut x0 = [0.0; 24];
            x0[..size].fill_with(|| rng.random_range(-1.0..1.0));
            let mut linear = [0.0; 24];
            for i in 0..size {
                linear[i] = (0..size).map(|j| gram[i * size + j] * x0[j]).sum();
            }
            let (mut x, mut scratch) = ([0.0; 24], [0.0; scratch_length(24)]);
            nonnegative_minimum(size, &gram[..size * size], &linear, &mut x[..size], &mut scratch);
            for i in 0..size {
                let slope: f64 = (0..size).map(|j| gram[i * size + j] * x[j]).sum::<f64>() - linear[i];
                assert!(x[i] >= 0.0);
                assert!(slope > -1e-9, "case {case}: slope {slope}");
                assert!(x[i] == 0.0 || slope.abs() < 1e-8, "case {case}: {} with slope {slope}", x[i]);
            }
        }
    }

    /// A point is the shortest of a convex hull exactly where its product with every corner is at least its squared norm.
    #[test]
    fn least_norm_point_is_optimal() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(2);
        for case in 0..400 {
            let size = 1 + case % 40;
            let dimensions = 1 + (case * 5) % 39;
            let mut gram = [0.0; 1600];
            random_gram(&mut rng, size, dimensions, &mut gram);
            let (mut x, mut scratch) = ([0.0; 40], [0.0; scratch_length(40)]);
            least_norm_weights(size, &gram[..size * size], &mut x[..size], &mut scratch);
            let products = |i: usize| (0..size).map(|j| gram[i * size + j] * x[j]).sum::<f64>();
            let squared: f64 = (0..size).map(|i| x[i] * products(i)).sum();
            assert!((x[..size].iter().sum::<f64>() - 1.0).abs() < 1e-12 && x.iter().all(|&w| w >= 0.0));
            for i in 0..size {
                assert!(products(i) >= squared - 1e-9, "case {case}: {} < {squared}", products(i));
            }
        }
    }
}
