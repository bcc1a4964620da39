//! The two-objective toy problem of CAGrad (Liu et al. 2021, appendix), two losses of two shared parameters.

use mtl_core::balance::{CaGrad, Direction, NashMtl};

use crate::direction;

/// The gradients of both losses.
fn gradients([x, y]: [f64; 2]) -> Vec<Vec<f64>> {
    let upper = (y / 2.0).tanh().max(0.0);
    let lower = (-y / 2.0).tanh().max(0.0);
    let slope = 0.5 * (1.0 - (y / 2.0).tanh().powi(2));
    let (upper_slope, lower_slope) = (if y > 0.0 { slope } else { 0.0 }, if y < 0.0 { -slope } else { 0.0 });
    let task = |u: f64, u_slope_y: f64, centre: f64| {
        let (logarithm, per_u) = if u.abs() > 5e-6 { (u.abs().ln() + 6.0, 1.0 / u) } else { (5e-6_f64.ln() + 6.0, 0.0) };
        let bowl = ((x - centre).powi(2) + 0.1 * (y + 8.0).powi(2)) / 10.0 - 20.0;
        vec![
            upper * per_u * -0.5 + lower * (x - centre) / 5.0,
            upper_slope * logarithm + upper * per_u * u_slope_y + lower_slope * bowl + lower * 0.02 * (y + 8.0),
        ]
    };
    let bend = 1.0 - y.tanh().powi(2);
    vec![task(0.5 * (-x - 7.0) + y.tanh(), bend, 7.0), task(0.5 * (-x + 3.0) - y.tanh() + 2.0, -bend, -7.0)]
}

/// Where Adam with a rate of 1e-3 arrives from a start.
fn descend(strategy: Option<&mut dyn Direction<f64>>, start: [f64; 2], steps: i32) -> [f64; 2] {
    let mut strategy = strategy;
    let (mut at, mut first, mut second) = (start, [0.0; 2], [0.0; 2]);
    for step in 1..=steps {
        let rows = gradients(at);
        let combined = match &mut strategy {
            Some(strategy) => direction(*strategy, &rows),
            None => (0..2).map(|k| 0.5 * (rows[0][k] + rows[1][k])).collect(),
        };
        for k in 0..2 {
            first[k] = 0.9 * first[k] + 0.1 * combined[k];
            second[k] = 0.999 * second[k] + 0.001 * combined[k] * combined[k];
            let (first, second) = (first[k] / (1.0 - 0.9_f64.powi(step)), second[k] / (1.0 - 0.999_f64.powi(step)));
            at[k] -= 1e-3 * first / (second.sqrt() + 1e-8);
        }
    }
    at
}

/// The Pareto set: x between the two centres, y at −8.355 in their middle, and a little below towards the ends.
fn reached([x, y]: [f64; 2]) -> bool {
    (-7.05..=7.05).contains(&x) && (-8.45..=-8.35).contains(&y)
}

const STARTS: [[f64; 2]; 3] = [[-8.5, 7.5], [-8.5, -5.0], [9.0, 9.0]];

#[test]
fn gradients_are_those_of_the_losses() {
    let losses = |[x, y]: [f64; 2]| {
        let (upper, lower) = ((y / 2.0).tanh().max(0.0), (-y / 2.0).tanh().max(0.0));
        let logarithm = |u: f64| u.abs().max(5e-6).ln() + 6.0;
        let bowl = |distance: f64| (distance.powi(2) + 0.1 * (-y - 8.0).powi(2)) / 10.0 - 20.0;
        let first = logarithm(0.5 * (-x - 7.0) - (-y).tanh()) * upper + bowl(-x + 7.0) * lower;
        [first, logarithm(0.5 * (-x + 3.0) + (-y).tanh() + 2.0) * upper + bowl(-x - 7.0) * lower]
    };
    for at in [[-8.5, 7.5], [-8.5, -5.0], [9.0, 9.0], [1.0, 0.7], [-2.0, -0.3]] {
        for (task, gradient) in gradients(at).iter().enumerate() {
            for k in 0..2 {
                let moved = |step: f64| {
                    let mut at = at;
                    at[k] += step;
                    losses(at)[task]
                };
                assert!(((moved(1e-6) - moved(-1e-6)) / 2e-6 - gradient[k]).abs() < 1e-6);
            }
        }
    }
}

#[test]
fn the_plain_mean_does_not_arrive_from_everywhere() {
    assert!(!STARTS.iter().all(|&start| reached(descend(None, start, 100_000))));
}

#[test]
fn ca_grad_arrives_in_the_middle_from_everywhere() {
    for start in STARTS {
        let [x, y] = descend(Some(&mut CaGrad::default()), start, 100_000);
        assert!(x.abs() < 1e-3 && (y + 8.3552).abs() < 1e-3, "from {start:?} to {x}, {y}");
    }
}

#[test]
fn nash_mtl_arrives_from_everywhere() {
    for start in STARTS {
        let end = descend(Some(&mut NashMtl::default()), start, 100_000);
        assert!(reached(end), "from {start:?} to {end:?}");
    }
}
