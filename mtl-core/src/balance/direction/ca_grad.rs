use crate::balance::linear_algebra::{CANCELLED, quadratic_form};
use crate::balance::quadratic::{least_norm_weights, scratch_length};
use crate::balance::scratch::with_scratch;
use crate::balance::{BalanceError, Gram, GramDirection, HyperparameterError, hyperparameter};

/// Conflict-averse gradient descent (CAGrad): the direction within a ball of radius `c‖ḡ‖` around the mean gradient ḡ that helps the worst-off task most.
///
/// `d = ḡ + c‖ḡ‖/‖g_w‖ g_w` with `g_w = Σ wᵢgᵢ`, where w minimises `ḡᵀg_w + c‖ḡ‖‖g_w‖` over the simplex. A mean over the tasks, with a norm of up to
/// `(1 + c)‖ḡ‖`: not rescaled by `1/(1 + c)` or `1/(1 + c²)`. With c = 0 it is the mean; with `c ≥ 1` it conflicts with no task, and it is 0 where no direction improves all.
///
/// As `‖g_w‖ = min over μ > 0 of ‖g_w‖²/2μ + μ/2`, the problem is a search for the one τ with `‖g_w‖ = τc‖ḡ‖`, where w gives the shortest
/// `g_w + τḡ`: a quadratic program as MGDA's for each τ, and the Illinois method over `ln τ`.
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
    /// # Errors
    ///
    /// Where it is negative or not finite.
    pub fn new(c: f64) -> Result<Self, HyperparameterError> {
        Ok(Self { c: hyperparameter("c", c, c >= 0.0, "finite and not negative")? })
    }
}

impl GramDirection for CaGrad {
    fn weights(&mut self, gram: &Gram<'_>, weights: &mut [f64]) -> Result<(), BalanceError> {
        let size = gram.size();
        let equal = 1.0 / size as f64;
        weights.fill(equal);
        with_scratch(size * size + 2 * size + scratch_length(size), &mut |scratch| {
            let (shifted, scratch) = scratch.split_at_mut(size * size);
            let (along_mean, scratch) = scratch.split_at_mut(size);
            let (simplex, scratch) = scratch.split_at_mut(size);
            for (i, along) in along_mean.iter_mut().enumerate() {
                *along = equal * (0..size).map(|j| gram.value(i, j)).sum::<f64>();
            }
            let (mean_squared, terms) = quadratic_form(size, gram.values(), weights);
            if self.c == 0.0 || mean_squared <= CANCELLED * terms {
                return;
            }
            let radius = self.c * libm::sqrt(mean_squared);

            // ‖g_w‖ for the w that minimises ‖g_w + τḡ‖, and whether that is more than rounding.
            let mut hull_norm = |tau: f64, simplex: &mut [f64]| {
                for i in 0..size {
                    for j in 0..size {
                        shifted[i * size + j] = gram.value(i, j) + tau * (along_mean[i] + along_mean[j]) + tau * tau * mean_squared;
                    }
                }
                least_norm_weights(size, shifted, simplex, scratch);
                let (squared, terms) = quadratic_form(size, gram.values(), simplex);
                (libm::sqrt(squared.max(0.0)), squared > CANCELLED * terms)
            };
            let longest = libm::sqrt((0..size).map(|i| gram.value(i, i)).fold(0.0, f64::max));
            let upper = longest / radius;
            let (least, vanishes) = match hull_norm(0.0, simplex) {
                (norm, true) => (norm, false),
                (_, false) => (0.0, true),
            };
            if vanishes && self.c >= 1.0 {
                weights.fill(0.0);
                return;
            }
            // ‖g_w‖ grows from the least norm of the hull up to that of the longest gradient.
            let lower = if vanishes { 1e-8 * upper } else { (least / radius).min(upper) };
            let norm = crossing(lower, upper, |tau| {
                let (norm, _) = hull_norm(tau, simplex);
                (norm, libm::log(norm) - libm::log(tau * radius))
            });
            let (squared, terms) = quadratic_form(size, gram.values(), simplex);
            if squared <= CANCELLED * terms {
                weights.fill(0.0);
                return;
            }
            for (weight, &simplex) in weights.iter_mut().zip(&*simplex) {
                *weight += radius / norm * simplex;
            }
        });
        Ok(())
    }
}

/// Where a falling function of `ln τ` crosses 0 between two bounds (Illinois method); the first value of `evaluate` there, which is left as after that call.
fn crossing(lower: f64, upper: f64, mut evaluate: impl FnMut(f64) -> (f64, f64)) -> f64 {
    const PRECISION: f64 = 1e-13;
    let (mut low, mut high) = (libm::log(lower), libm::log(upper));
    let (norm, mut at_high) = evaluate(upper);
    if at_high >= -PRECISION || high - low <= PRECISION {
        return norm;
    }
    let (norm, mut at_low) = evaluate(lower);
    if at_low <= PRECISION {
        return norm;
    }
    let mut last_side = 0;
    let mut norm = norm;
    for _ in 0..100 {
        let middle = (low * at_high - high * at_low) / (at_high - at_low);
        // Where the function is not finite at a bound, halve instead.
        let middle = if middle > low && middle < high { middle } else { 0.5 * (low + high) };
        let value;
        (norm, value) = evaluate(libm::exp(middle));
        if value.abs() <= PRECISION || high - low <= PRECISION * (1.0 + middle.abs()) {
            break;
        }
        if value > 0.0 {
            (low, at_low) = (middle, value);
            if last_side == 1 {
                at_high *= 0.5;
            }
            last_side = 1;
        } else {
            (high, at_high) = (middle, value);
            if last_side == -1 {
                at_low *= 0.5;
            }
            last_side = -1;
        }
    }
    norm
}
