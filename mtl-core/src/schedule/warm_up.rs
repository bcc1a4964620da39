//! A linear rise in front of another schedule.

use super::{Progress, Schedule, Span};
use crate::setting::InvalidSetting;

/// A linear rise from 0 to 1, then another schedule. See [`Schedule::warm_up`].
///
/// In a rise of n steps, step i (from 0) has `(i + 1) / n`: no step is lost on a rate of 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WarmUp<S> {
    pub(super) span: Span,
    pub(super) after: S,
}

impl<S: Schedule> Schedule for WarmUp<S> {
    fn factor(&self, progress: Progress) -> f64 {
        let rise = self.span.steps(&progress);
        if progress.step < rise {
            return (progress.step + 1) as f64 / rise as f64 * self.after.factor(Progress { step: 0, ..progress });
        }
        // What comes after has what is left of the training.
        self.after.factor(Progress { step: progress.step - rise, steps: progress.steps.saturating_sub(rise), ..progress })
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.after.check()
    }

    fn observe(&mut self, loss: f64) {
        self.after.observe(loss);
    }

    fn start_anew(&mut self) {
        self.after.start_anew();
    }

    fn restart(&mut self) {
        self.after.restart();
    }
}
