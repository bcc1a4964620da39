//! The optimizer of a strategy's own parameters, one a task.

use super::{MAX_TASKS, State, VisitState};

/// Adam (Kingma, Ba 2015; β₁ = 0.9, β₂ = 0.999, ε = 1e-8) on one number a task.
///
/// Each task counts its own steps, so that a task absent from a batch neither moves nor forgets.
#[derive(Clone, Debug)]
pub(super) struct TaskAdam {
    first: [f64; MAX_TASKS],
    second: [f64; MAX_TASKS],
    steps: [u64; MAX_TASKS],
}

impl TaskAdam {
    pub(super) const fn new() -> Self {
        Self { first: [0.0; MAX_TASKS], second: [0.0; MAX_TASKS], steps: [0; MAX_TASKS] }
    }

    /// Shows the moments and the steps taken.
    pub(super) fn state(&mut self, visit: &mut VisitState<'_>) {
        visit("adam.first", State::Numbers(&mut self.first));
        visit("adam.second", State::Numbers(&mut self.second));
        visit("adam.steps", State::Words(&mut self.steps));
    }

    /// Moves the parameter of one task against its gradient.
    pub(super) fn step(&mut self, task: usize, parameter: &mut f64, gradient: f64, learning_rate: f64) {
        const BETA_1: f64 = 0.9;
        const BETA_2: f64 = 0.999;
        const EPSILON: f64 = 1e-8;
        // Its square is a number.
        let gradient = gradient.clamp(-1e150, 1e150);
        let steps = self.steps[task].saturating_add(1);
        self.steps[task] = steps;
        self.first[task] = BETA_1 * self.first[task] + (1.0 - BETA_1) * gradient;
        self.second[task] = BETA_2 * self.second[task] + (1.0 - BETA_2) * gradient * gradient;
        let first = self.first[task] / (1.0 - libm::pow(BETA_1, steps as f64));
        let second = self.second[task] / (1.0 - libm::pow(BETA_2, steps as f64));
        *parameter -= learning_rate * first / (libm::sqrt(second) + EPSILON);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first three steps on x² from 1 with a rate of 0.1, by hand from the paper's Algorithm 1.
    #[test]
    fn follows_the_paper() {
        let (mut adam, mut x) = (TaskAdam::new(), 1.0);
        let (mut m, mut v, mut expected) = (0.0, 0.0, 1.0_f64);
        for t in 1..=3 {
            let slope = 2.0 * x;
            adam.step(5, &mut x, slope, 0.1);
            let g = 2.0 * expected;
            m = 0.9 * m + 0.1 * g;
            v = 0.999 * v + 0.001 * g * g;
            expected -= 0.1 * (m / (1.0 - 0.9_f64.powi(t))) / ((v / (1.0 - 0.999_f64.powi(t))).sqrt() + 1e-8);
            assert!((x - expected).abs() < 1e-12);
        }
    }
}
