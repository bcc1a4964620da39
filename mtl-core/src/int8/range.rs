//! What values a tensor takes, and the bytes that stand for them.

/// The least and the greatest value that was seen, 0 always among them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    low: f64,
    high: f64,
    finite: bool,
}

impl Range {
    /// Nothing but 0.
    pub const ZERO: Self = Self { low: 0.0, high: 0.0, finite: true };

    /// Widens the range to some values.
    pub fn observe(&mut self, values: &[f32]) {
        let (mut low, mut high, mut sum) = (0.0_f32, 0.0_f32, 0.0_f32);
        for &value in values {
            (low, high) = (low.min(value), high.max(value));
            // 0, or NaN for what is not finite.
            sum += value * 0.0;
        }
        self.include(f64::from(low));
        self.include(f64::from(high));
        self.finite &= sum == 0.0;
    }

    /// Widens the range to a value.
    pub fn include(&mut self, value: f64) {
        (self.low, self.high) = (self.low.min(value), self.high.max(value));
    }

    /// Whether all values were finite.
    #[must_use]
    pub const fn is_finite(&self) -> bool {
        self.finite
    }

    /// 256 steps from the least to the greatest value; 0 is one of them exactly.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    pub fn scale(&self) -> Scale {
        let span = self.high - self.low;
        if span == 0.0 {
            return Scale { step: 1.0 / 255.0, zero_point: 0 };
        }
        // Far below what a float's square can tell from 0.
        let step = (span / 255.0).max(1e-30);
        Scale { step, zero_point: (-self.low / step).round().clamp(0.0, 255.0) as u8 }
    }

    /// The range without the ends on which a function hardly changes: where all beyond gives the same to half a `step`.
    ///
    /// What is cut off saturates, and the bytes are spent where they tell something.
    #[must_use]
    pub fn trimmed(&self, function: impl Fn(f64) -> f64, step: f64) -> Self {
        const GRID: i32 = 4096;
        let at = |number: i32| self.low + (self.high - self.low) * f64::from(number) / f64::from(GRID);
        let (first, last) = (function(self.low), function(self.high));
        let flat_below = (0..=GRID).take_while(|&number| (function(at(number)) - first).abs() <= step / 2.0).last().unwrap_or(0);
        let flat_above = (0..=GRID).rev().take_while(|&number| (function(at(number)) - last).abs() <= step / 2.0).last().unwrap_or(GRID);
        if flat_below >= flat_above {
            return *self;
        }
        Self { low: at(flat_below).min(0.0), high: at(flat_above).max(0.0), finite: self.finite }
    }
}

/// The numbers that the bytes of a tensor stand for: `s (q − z)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// `s`, above 0.
    pub step: f64,
    /// `z`.
    pub zero_point: u8,
}

impl Scale {
    /// What a byte stands for.
    #[must_use]
    pub fn real(&self, byte: u8) -> f64 {
        self.step * (f64::from(byte) - f64::from(self.zero_point))
    }

    /// The byte that stands for what is nearest to a number; the least for NaN.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    pub fn byte(&self, real: f64) -> u8 {
        (real / self.step + f64::from(self.zero_point)).round().clamp(0.0, 255.0) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::Range;
    use proptest::prelude::*;

    fn range(low: f64, high: f64) -> Range {
        let mut range = Range::ZERO;
        range.include(low);
        range.include(high);
        range
    }

    proptest! {
        #[test]
        fn every_value_seen_is_kept_to_half_a_step(low in -1e6..1e6_f64, span in 1e-6..1e6_f64, place in 0.0..=1.0_f64) {
            let range = range(low, low + span);
            let scale = range.scale();
            let value = low + span * place;
            // The zero point is rounded, so the ends may lie half a step outside.
            prop_assert!((scale.real(scale.byte(value)) - value).abs() <= scale.step * 1.000_001);
            prop_assert_eq!(scale.real(scale.byte(0.0)), 0.0);
            if low >= 0.0 {
                prop_assert_eq!(scale.zero_point, 0);
                prop_assert!((scale.real(scale.byte(value)) - value).abs() <= scale.step * 0.500_001);
            }
        }

        #[test]
        fn nothing_is_lost_by_trimming(low in -50.0..0.0_f64, high in 0.0..50.0_f64, place in 0.0..=1.0_f64) {
            let (whole, step) = (range(low, high), 2.0 / 255.0);
            let trimmed = whole.trimmed(f64::tanh, step);
            let scale = trimmed.scale();
            let x = low + (high - low) * place;
            let (clamped, exact) = (x.clamp(scale.real(0), scale.real(255)), x.tanh());
            prop_assert!((clamped.tanh() - exact).abs() <= step, "{} instead of {} at {x} in {trimmed:?}", clamped.tanh(), exact);
        }
    }

    #[test]
    fn ranges_of_nothing_and_of_what_is_not_finite() {
        let mut range = Range::ZERO;
        assert_eq!(range.scale().byte(0.0), 0);
        range.observe(&[1.0, -2.0]);
        assert!(range.is_finite());
        assert_eq!((range.low, range.high), (-2.0, 1.0));
        range.observe(&[f32::NAN]);
        assert!(!range.is_finite());
        let mut range = Range::ZERO;
        range.observe(&[f32::INFINITY]);
        assert!(!range.is_finite());
        assert_eq!(self::range(0.0, 1e-300).scale().step, 1e-30);
    }

    #[test]
    fn saturated_ends_are_cut_off() {
        let trimmed = range(-1000.0, 1000.0).trimmed(f64::tanh, 2.0 / 255.0);
        assert!(trimmed.low < -2.0 && trimmed.low > -5.0 && trimmed.high > 2.0 && trimmed.high < 5.0, "{trimmed:?}");
        // A constant function has nothing to cut.
        assert_eq!(range(-1.0, 2.0).trimmed(|_| 3.0, 0.1), range(-1.0, 2.0));
    }
}
