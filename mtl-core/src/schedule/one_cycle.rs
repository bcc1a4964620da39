//! Up and down again once.

use super::{Progress, Schedule, Span, check_fraction, half_cosine};
use crate::setting::{InvalidSetting, require};

/// Up to 1 and down again over the span: Smith's one-cycle policy, with half cosines as in PyTorch's `OneCycleLR`.
///
/// From `1 / start_division` (25) in the first step up to 1, and down to `1 / end_division` (1e4) of the start in the last step of the span,
/// where it stays. Of n steps, numbered from 0, the peak is at step `rise · n − 1` (`rise` is 0.3), and the end at `n − 1`; where the peak
/// would lie between two steps, or before the first, none has the factor 1: two steps have 0.81 and 4e-6, one step alone has the end.
/// The optimizer's learning rate is the highest. Smith, Topin 2017.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OneCycle {
    span: Span,
    rise: f64,
    start_division: f64,
    end_division: f64,
}

impl OneCycle {
    /// One cycle over a span.
    #[must_use]
    pub const fn new(span: Span) -> Self {
        Self { span, rise: 0.3, start_division: 25.0, end_division: 1e4 }
    }

    /// The part of the span in which the rate rises, in `[0, 1]`.
    #[must_use]
    pub const fn rise(self, rise: f64) -> Self {
        Self { rise, ..self }
    }

    /// The highest rate over the first, at least 1.
    #[must_use]
    pub const fn start_division(self, start_division: f64) -> Self {
        Self { start_division, ..self }
    }

    /// The first rate over the last: such that the last is not above the highest.
    #[must_use]
    pub const fn end_division(self, end_division: f64) -> Self {
        Self { end_division, ..self }
    }
}

impl Default for OneCycle {
    fn default() -> Self {
        Self::new(Span::Training)
    }
}

impl Schedule for OneCycle {
    fn factor(&self, progress: Progress) -> f64 {
        let (step, steps) = (progress.step as f64, self.span.steps(&progress) as f64);
        let (peak, last) = (self.rise * steps - 1.0, steps - 1.0);
        let start = 1.0 / self.start_division;
        let end = start / self.end_division;
        if step < peak {
            1.0 + (start - 1.0) * half_cosine(step / peak)
        } else if step < last {
            end + (1.0 - end) * half_cosine((step - peak) / (last - peak))
        } else if step > peak {
            end
        } else {
            1.0
        }
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        self.span.check("OneCycle::new(span)")?;
        check_fraction("OneCycle::rise", self.rise)?;
        require("OneCycle::start_division", self.start_division, self.start_division >= 1.0, "be finite and at least 1")?;
        let allowed = self.end_division > 0.0 && self.start_division * self.end_division >= 1.0;
        require("OneCycle::end_division", self.end_division, allowed, "be finite and at least 1 over `start_division`")
    }
}
