use crate::balance::linear_algebra::{CANCELLED, quadratic_form};
use crate::balance::quadratic::{least_norm_weights, scratch_length};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Direction, Gradients, Gram, MAX_TASKS, StateUnknown, VisitState, check_length};
use crate::kernel::scalar::Scalar;
use crate::setting::{InvalidSetting, require};

/// Conflict-averse gradient descent (CAGrad): the direction within a ball of radius `c‖ḡ‖` around the mean gradient ḡ that helps the worst-off task most.
///
/// `d = ḡ + c‖ḡ‖/‖g_w‖ g_w` with `g_w = Σ wᵢgᵢ`, where w minimises `ḡᵀg_w + c‖ḡ‖‖g_w‖` over the simplex. A mean over the tasks, with a norm of up to
/// `(1 + c)‖ḡ‖`: not rescaled by `1/(1 + c)` or `1/(1 + c²)`. With c = 0 it is the mean; with `c ≥ 1` it conflicts with no task, and it is 0 where no direction improves all.
///
/// As `‖g_w‖ = min over μ > 0 of ‖g_w‖²/2μ + μ/2`, the problem is a search for the one τ with `‖g_w‖ = τc‖ḡ‖`, where w gives the shortest
/// `g_w + τḡ`: a quadratic program as MGDA's for each τ. Between two τ with the same gradients in use w is linear, which gives the one sought.
///
/// Liu, Liu, Jin, Stone, Liu: Conflict-Averse Gradient Descent for Multi-task Learning, NeurIPS 2021.
#[derive(Clone, Copy, Debug)]
pub struct CaGrad {
    c: f64,
}

impl Default for CaGrad {
    fn default() -> Self {
        Self { c: 0.5 }
    }
}

impl CaGrad {
    /// With a radius c; the paper's is 0.5.
    ///
    /// It must be finite and at least 0.
    #[must_use]
    pub const fn new(c: f64) -> Self {
        Self { c }
    }

    /// The weight of each task that is present, in the order of the matrix's rows.
    ///
    /// # Errors
    ///
    /// [`BalanceError::LengthMismatch`], [`BalanceError::Setting`].
    pub fn weights(&self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        self.check()?;
        check_length("weights of the gradients", gram.size(), weights.len())?;
        let size = gram.size();
        let equal = 1.0 / size as f64;
        weights.fill(equal);
        let (mean_squared, terms) = quadratic_form(size, gram.values(), weights);
        if self.c == 0.0 || mean_squared <= CANCELLED * terms {
            return Ok(());
        }
        let radius = self.c * libm::sqrt(mean_squared);
        // A gradient of 0 is helped by no direction: the others are those to choose among.
        let mut tasks = [0; MAX_TASKS];
        let mut count = 0;
        for task in (0..size).filter(|&task| gram.value(task, task) > 0.0) {
            tasks[count] = task;
            count += 1;
        }
        let tasks = &tasks[..count];
        let form = |left: &[f64], right: &[f64]| -> (f64, f64) {
            let (mut value, mut magnitude) = (0.0, 0.0);
            for (&i, left) in tasks.iter().zip(left) {
                for (&j, right) in tasks.iter().zip(right) {
                    let term = left * gram.value(i, j) * right;
                    value += term;
                    magnitude += term.abs();
                }
            }
            (value, magnitude)
        };
        with_scratch(count * count + 4 * count + scratch_length(count), &mut |scratch| {
            let (shifted, scratch) = scratch.split_at_mut(count * count);
            let (along_mean, scratch) = scratch.split_at_mut(count);
            let (simplex, scratch) = scratch.split_at_mut(count);
            let (low_weights, scratch) = scratch.split_at_mut(count);
            let (high_weights, scratch) = scratch.split_at_mut(count);
            for (&i, along) in tasks.iter().zip(&mut *along_mean) {
                *along = equal * tasks.iter().map(|&j| gram.value(i, j)).sum::<f64>();
            }

            // For the w that minimises ‖g_w + τḡ‖: τ and ‖g_w‖, and whether that is more than rounding.
            let mut solve = |tau: f64, simplex: &mut [f64]| {
                for (row, &i) in tasks.iter().enumerate() {
                    for (column, &j) in tasks.iter().enumerate() {
                        shifted[row * count + column] = gram.value(i, j) + tau * (along_mean[row] + along_mean[column]) + tau * tau * mean_squared;
                    }
                }
                least_norm_weights(count, shifted, simplex, scratch);
                let (squared, terms) = form(simplex, simplex);
                (Point { tau, norm: libm::sqrt(squared.max(0.0)) }, squared > CANCELLED * terms)
            };
            let longest = libm::sqrt(tasks.iter().map(|&i| gram.value(i, i)).fold(0.0, f64::max));
            let upper = longest / radius;
            let (mut low, more_than_rounding) = solve(0.0, low_weights);
            if !more_than_rounding {
                if self.c >= 1.0 {
                    weights.fill(0.0);
                    return;
                }
                (low, _) = solve(1e-8 * upper, low_weights);
            }
            // ‖g_w‖ grows from the least norm of the hull up to that of the longest gradient.
            let (mut high, _) = solve(upper, high_weights);
            let mut found = if low.excess(radius) <= 0.0 {
                simplex.copy_from_slice(low_weights);
                low
            } else {
                simplex.copy_from_slice(high_weights);
                high
            };
            for round in 0..100 {
                if low.excess(radius) <= 0.0 || high.excess(radius) >= 0.0 || found.excess(radius).abs() <= PRECISION {
                    break;
                }
                let (product, _) = form(low_weights, high_weights);
                // Halving too, as where gradients enter or leave one bound may move slowly.
                let tau = if round % 3 == 2 { 0.5 * (low.tau + high.tau) } else { crossing(low, high, product, radius) };
                if !(tau > low.tau && tau < high.tau) {
                    break;
                }
                (found, _) = solve(tau, simplex);
                if found.excess(radius) > 0.0 {
                    low = found;
                    low_weights.copy_from_slice(simplex);
                } else {
                    high = found;
                    high_weights.copy_from_slice(simplex);
                }
            }
            let (squared, terms) = form(simplex, simplex);
            if squared <= CANCELLED * terms {
                if self.c >= 1.0 {
                    weights.fill(0.0);
                }
                return;
            }
            for (&task, &simplex) in tasks.iter().zip(&*simplex) {
                weights[task] += radius / found.norm * simplex;
            }
        });
        Ok(())
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require("CaGrad::new", self.c, self.c >= 0.0, "be finite and at least 0")
    }
}

impl<T: Scalar> Direction<T> for CaGrad {
    fn check(&self) -> Result<(), InvalidSetting> {
        self.check()
    }

    fn combine(&mut self, gradients: &Gradients<'_, T>, combined: &mut [T]) -> Result<(), BalanceError> {
        gradients.combine_by_gram(Some(1.0), combined, |gram, weights| self.weights(gram, weights))
    }

    fn state(&mut self, _: &mut VisitState<'_>) -> Result<(), StateUnknown> {
        Ok(())
    }
}

/// How near `‖g_w‖` must be to `τc‖ḡ‖`, relative to it.
const PRECISION: f64 = 1e-12;

/// A τ, and ‖g_w‖ for it.
#[derive(Clone, Copy)]
struct Point {
    tau: f64,
    norm: f64,
}

impl Point {
    /// By how much `‖g_w‖` is above `τ · radius`, relative to it.
    fn excess(self, radius: f64) -> f64 {
        self.norm / (self.tau * radius) - 1.0
    }
}

/// The τ between two points with `‖g_w‖ = τ · radius`, if w goes in a straight line from one to the other, as it does where the same
/// gradients take part in both; `product` is that of their `g_w`.
///
/// At the share `s/(1 + s)` of the way it is `q₂s² + 2q₁s + q₀ = 0` with one positive root, as `q₂ < 0 < q₀`.
fn crossing(low: Point, high: Point, product: f64, radius: f64) -> f64 {
    let squared_radius = radius * radius;
    let difference = |product: f64, one: f64, other: f64| product - squared_radius * one * other;
    let q0 = difference(low.norm * low.norm, low.tau, low.tau);
    let q1 = difference(product, low.tau, high.tau);
    let q2 = difference(high.norm * high.norm, high.tau, high.tau);
    let root = libm::sqrt(q1 * q1 - q0 * q2);
    let s = if q1 >= 0.0 { (q1 + root) / -q2 } else { q0 / (root - q1) };
    (low.tau + s * high.tau) / (1.0 + s)
}
