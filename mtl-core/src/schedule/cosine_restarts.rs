//! Half a cosine, again and again.

use super::{Progress, Schedule, Span, check_factor, check_fraction, half_cosine};
use crate::setting::{InvalidSetting, require};

/// Half a cosine from 1 down to `floor`, again and again. Keras's `CosineDecayRestarts`.
///
/// Cycle number i (from 0) has the length `span · stretchⁱ`, starts from `floor + (1 − floor) shrinkⁱ` and tends to `floor`, like every
/// other: `floor` is a factor on the optimizer's learning rate, and no cycle shrinks it. By default `stretch` is 2, `shrink` 1 and
/// `floor` 0. Loshchilov, Hutter 2016.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CosineRestarts {
    span: Span,
    stretch: f64,
    shrink: f64,
    floor: f64,
}

impl CosineRestarts {
    /// A first cycle of a span.
    #[must_use]
    pub const fn new(span: Span) -> Self {
        Self { span, stretch: 2.0, shrink: 1.0, floor: 0.0 }
    }

    /// How much longer each cycle is than the one before: at least 1 (Keras's `t_mul`).
    #[must_use]
    pub const fn stretch(self, stretch: f64) -> Self {
        Self { stretch, ..self }
    }

    /// How much lower each cycle starts above `floor` than the one before: above 0 (Keras's `m_mul`).
    #[must_use]
    pub const fn shrink(self, shrink: f64) -> Self {
        Self { shrink, ..self }
    }

    /// The factor at the end of every cycle, in `[0, 1]` (Keras's `alpha`).
    #[must_use]
    pub const fn floor(self, floor: f64) -> Self {
        Self { floor, ..self }
    }
}

impl Schedule for CosineRestarts {
    fn factor(&self, progress: Progress) -> f64 {
        let cycles = progress.step as f64 / self.span.steps(&progress).max(1) as f64;
        // Cycle i begins at (stretchⁱ − 1) / (stretch − 1), in lengths of the first.
        let (number, fraction) = if self.stretch <= 1.0 {
            (libm::floor(cycles), cycles - libm::floor(cycles))
        } else {
            // By `ln(1 + x)` and `eˣ − 1`, as `stretch` may be next to 1.
            let growth = libm::log1p(self.stretch - 1.0);
            let number = libm::floor(libm::log1p(cycles * (self.stretch - 1.0)) / growth + 1e-12);
            let passed = libm::expm1(number * growth);
            (number, (cycles - passed / (self.stretch - 1.0)) / (passed + 1.0))
        };
        self.floor + (1.0 - self.floor) * libm::pow(self.shrink, number) * half_cosine(fraction)
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("CosineRestarts::new(span)")?;
        require("CosineRestarts::stretch", self.stretch, self.stretch >= 1.0, "be finite and at least 1")?;
        check_factor("CosineRestarts::shrink", self.shrink)?;
        check_fraction("CosineRestarts::floor", self.floor)
    }
}
