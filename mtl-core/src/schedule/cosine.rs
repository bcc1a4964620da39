//! Half a cosine.

use super::{Progress, Schedule, Span, check_fraction, half_cosine};
use crate::setting::InvalidSetting;

/// Half a cosine from 1 down to `floor` over the span, and `floor` after it. Keras's `CosineDecay`.
///
/// `floor + (1 − floor) (1 + cos(π t)) / 2` at the fraction t of the span: step s of n has `t = s/n`, so that the last step of the span
/// stands one step above `floor`. By default the span is the whole training and `floor` 0. Loshchilov, Hutter 2016.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    span: Span,
    floor: f64,
}

impl Cosine {
    /// Down to 0 over a span.
    #[must_use]
    pub const fn new(span: Span) -> Self {
        Self { span, floor: 0.0 }
    }

    /// The factor at the end, in `[0, 1]` (Keras's `alpha`).
    #[must_use]
    pub const fn floor(self, floor: f64) -> Self {
        Self { floor, ..self }
    }
}

impl Default for Cosine {
    fn default() -> Self {
        Self::new(Span::Training)
    }
}

impl Schedule for Cosine {
    fn factor(&self, progress: Progress) -> f64 {
        self.floor + (1.0 - self.floor) * half_cosine(self.span.fraction(progress.step, &progress))
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("Cosine::new(span)")?;
        check_fraction("Cosine::floor", self.floor)
    }
}
