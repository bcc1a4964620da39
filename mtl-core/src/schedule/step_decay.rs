//! Steps down after so many epochs.

use super::{Progress, Schedule, Span, check_factor};
use crate::setting::InvalidSetting;

/// Multiplied by `factor` after every `epochs` epochs: `factor^⌊epoch / epochs⌋`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepDecay {
    epochs: u64,
    factor: f64,
}

impl StepDecay {
    /// Multiplies the rate by `factor`, above 0, after every `epochs` epochs, at least 1.
    #[must_use]
    pub const fn new(epochs: u64, factor: f64) -> Self {
        Self { epochs, factor }
    }
}

impl Schedule for StepDecay {
    fn factor(&self, progress: Progress) -> f64 {
        libm::pow(self.factor, (progress.epoch() / self.epochs.max(1)) as f64)
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        Span::Epochs(self.epochs).check("StepDecay::new(epochs)")?;
        check_factor("StepDecay::new(factor)", self.factor)
    }
}
