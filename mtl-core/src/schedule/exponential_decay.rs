//! An exponential decay.

use super::{Progress, Schedule, Span, check_factor};
use crate::setting::InvalidSetting;

/// `rate^(step / span)`: multiplied by `rate` over every span. Keras's `ExponentialDecay`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExponentialDecay {
    span: Span,
    rate: f64,
    staircase: bool,
}

impl ExponentialDecay {
    /// Multiplies the learning rate by `rate`, above 0, over every `span`, little by little at each step.
    #[must_use]
    pub const fn new(span: Span, rate: f64) -> Self {
        Self { span, rate, staircase: false }
    }

    /// All at once at the end of each span.
    #[must_use]
    pub const fn staircase(self, staircase: bool) -> Self {
        Self { staircase, ..self }
    }
}

impl Schedule for ExponentialDecay {
    fn factor(&self, progress: Progress) -> f64 {
        let spans = progress.step as f64 / self.span.steps(&progress).max(1) as f64;
        libm::pow(self.rate, if self.staircase { libm::floor(spans) } else { spans })
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("ExponentialDecay::new(span)")?;
        check_factor("ExponentialDecay::new(rate)", self.rate)
    }
}
