//! The numbers that bytes stand for.

use std::vec;
use std::vec::Vec;

/// The numbers that the bytes of a tensor, or of one channel of it, stand for: `s (q − z)`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// `s`, above 0.
    pub step: f64,
    /// `z`: a byte where 0 must be one of the numbers, else any number.
    pub zero_point: f64,
    /// The mean of the bytes, or `z` where it is not known.
    pub mean: f64,
    /// Whether values differ by more than the bytes can tell. What does not vary is part of a layer's bias, where it is exact, and takes no digits from
    /// the weights of what does.
    pub varies: bool,
}

/// The scales of a tensor: one for all values, or one for each channel. Row `r` is of channel `r mod channels`.
#[derive(Clone, Debug, PartialEq)]
pub struct Scales {
    scales: Vec<Scale>,
    /// Whether there are low bytes, of 256ths of a step.
    has_low: bool,
}

impl Scale {
    /// 256 steps from `low` to `high`, and 0, which is one of them exactly.
    #[must_use]
    pub fn with_zero(low: f64, high: f64) -> Self {
        let (low, high) = (low.min(0.0), high.max(0.0));
        let span = high - low;
        if span == 0.0 {
            return Self::of_zero();
        }
        let step = least(span / 255.0);
        let zero_point = (-low / step).round().clamp(0.0, 255.0);
        Self { step, zero_point, mean: zero_point, varies: true }
    }

    /// 256 steps from `low` to `high`, wherever 0 is. They are not finer than `2⁻¹⁶` of the numbers: more than sums and offsets can tell.
    #[must_use]
    pub fn between(low: f64, high: f64) -> Self {
        if low == high {
            return Self::with_zero(low, high);
        }
        let step = least((high - low) / 255.0).max(low.abs().max(high.abs()) / 65536.0);
        let middle = low.midpoint(high);
        let zero_point = 127.5 - middle / step;
        Self { step, zero_point, mean: zero_point, varies: true }
    }

    /// Of what is 0 and nothing else.
    const fn of_zero() -> Self {
        Self { step: 1.0 / 255.0, zero_point: 0.0, mean: 0.0, varies: true }
    }

    /// What a byte stands for.
    #[must_use]
    pub fn real(&self, byte: u8) -> f64 {
        self.step * (f64::from(byte) - self.zero_point)
    }

    /// The byte that stands for what is nearest to a number; the least for NaN.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    pub fn byte(&self, real: f64) -> u8 {
        (real / self.step + self.zero_point).round().clamp(0.0, 255.0) as u8
    }

    /// The byte that stands for 0, where there is one.
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    pub fn zero_byte(&self) -> u8 {
        self.zero_point.round().clamp(0.0, 255.0) as u8
    }

    /// The same with a mean, of numbers.
    #[must_use]
    pub fn with_mean(self, real: f64) -> Self {
        Self { mean: (real / self.step + self.zero_point).clamp(0.0, 255.0), ..self }
    }

    /// A scale without the ends on which a function hardly changes: where all beyond gives the same to half a `step`.
    ///
    /// What is cut off saturates, and the bytes are spent where they tell something.
    #[must_use]
    pub fn trimmed(&self, function: impl Fn(f64) -> f64, step: f64) -> Self {
        const GRID: i32 = 4096;
        let (low, high) = (self.real(0), self.real(255));
        let at = |number: i32| low + (high - low) * f64::from(number) / f64::from(GRID);
        let (first, last) = (function(low), function(high));
        let flat_below = (0..=GRID).take_while(|&number| (function(at(number)) - first).abs() <= step / 2.0).last().unwrap_or(0);
        let flat_above = (0..=GRID).rev().take_while(|&number| (function(at(number)) - last).abs() <= step / 2.0).last().unwrap_or(GRID);
        if flat_below >= flat_above { *self } else { Self::with_zero(at(flat_below), at(flat_above)) }
    }
}

/// Far below what a float's square can tell from 0.
fn least(step: f64) -> f64 {
    step.max(1e-30)
}

impl From<Scale> for Scales {
    fn from(scale: Scale) -> Self {
        Self { scales: vec![scale], has_low: false }
    }
}

impl Scales {
    /// One for each channel, at least one.
    ///
    /// # Panics
    ///
    /// Where there are none.
    #[must_use]
    pub fn of_channels(scales: Vec<Scale>) -> Self {
        assert!(!scales.is_empty(), "a tensor has a channel");
        Self { scales, has_low: false }
    }

    /// One zero point for all channels, which is a byte, and for each channel the finest step with which all between `low` and `high` is within bytes.
    ///
    /// Of the zero points that is taken with which the steps, in the geometric mean, are finest.
    #[must_use]
    pub fn with_common_zero(ranges: &[(f64, f64)]) -> Self {
        let step = |&(low, high): &(f64, f64), zero: f64| {
            let below = if low < 0.0 { -low / zero } else { 0.0 };
            let above = if high > 0.0 { high / (255.0 - zero) } else { 0.0 };
            let step = below.max(above);
            if step == 0.0 { Scale::of_zero().step } else { least(step) }
        };
        let cost = |zero: f64| ranges.iter().map(|range| step(range, zero).ln()).sum::<f64>();
        // The first of equals.
        let best = |best: (f64, f64), zero: u8| {
            let cost = cost(f64::from(zero));
            if cost < best.0 { (cost, f64::from(zero)) } else { best }
        };
        let (_, zero_point) = (0..=255).fold((f64::INFINITY, 0.0), best);
        Self::of_channels(ranges.iter().map(|range| Scale { step: step(range, zero_point), zero_point, mean: zero_point, varies: true }).collect())
    }

    /// Those of several tensors, one after the other, of so many rows each.
    #[must_use]
    pub fn joined(parts: &[(&Self, usize)]) -> Self {
        Self::of_channels(parts.iter().flat_map(|&(scales, rows)| (0..rows).map(move |row| scales.at(row))).collect())
    }

    /// The same with low bytes, or without.
    #[must_use]
    pub fn with_low(self, has_low: bool) -> Self {
        Self { has_low, ..self }
    }

    /// Whether there are low bytes.
    #[must_use]
    pub const fn has_low(&self) -> bool {
        self.has_low
    }

    /// That of a row.
    #[must_use]
    pub fn at(&self, row: usize) -> Scale {
        self.scales[row % self.scales.len()]
    }

    /// That of every row, where there is but one.
    #[must_use]
    pub fn common(&self) -> Scale {
        debug_assert!(self.scales.len() == 1, "a step that needs one scale has {}", self.scales.len());
        self.scales[0]
    }

    /// The scales.
    #[must_use]
    pub fn as_slice(&self) -> &[Scale] {
        &self.scales
    }

    /// The byte that stands for 0 in every channel, if there is one.
    #[must_use]
    pub fn zero_byte(&self) -> Option<u8> {
        let first = self.scales[0];
        let is_common = self.scales.iter().all(|scale| scale.zero_point == f64::from(first.zero_byte()));
        is_common.then(|| first.zero_byte())
    }

    /// The same with steps twice as wide, around 0 where that is one of the numbers, else around the middle.
    #[must_use]
    pub fn doubled(&self) -> Self {
        let doubled = |scale: &Scale| {
            let is_byte = scale.zero_point == f64::from(scale.zero_byte());
            let zero_point = if is_byte { scale.zero_point } else { 127.5 - (127.5 - scale.zero_point) / 2.0 };
            Scale { step: 2.0 * scale.step, zero_point, mean: zero_point, varies: true }.with_mean(scale.step * (scale.mean - scale.zero_point))
        };
        Self { scales: self.scales.iter().map(doubled).collect(), ..*self }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scale, Scales};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_value_seen_is_kept_to_half_a_step(low in -1e6..1e6_f64, span in 1e-6..1e6_f64, place in 0.0..=1.0_f64) {
            let value = low + span * place;
            let scale = Scale::with_zero(low, low + span);
            // The zero point is rounded, so the ends may lie half a step outside.
            prop_assert!((scale.real(scale.byte(value)) - value).abs() <= scale.step * 1.000_001);
            prop_assert_eq!(scale.real(scale.byte(0.0)), 0.0);
            if low >= 0.0 {
                prop_assert_eq!(scale.zero_point, 0.0);
                prop_assert!((scale.real(scale.byte(value)) - value).abs() <= scale.step * 0.500_001);
            }
            let scale = Scale::between(low, low + span);
            prop_assert!((scale.real(scale.byte(value)) - value).abs() <= scale.step * 0.500_001);
        }

        #[test]
        fn channels_keep_their_values_to_half_a_step_of_their_own(ranges in prop::collection::vec((-1e3..0.0_f64, 0.0..1e3_f64), 1..6), place in 0.0..=1.0_f64) {
            let scales = Scales::with_common_zero(&ranges);
            prop_assert!(scales.zero_byte().is_some());
            for (&(low, high), scale) in ranges.iter().zip(scales.as_slice()) {
                let value = low + (high - low) * place;
                prop_assert!((scale.real(scale.byte(value)) - value).abs() <= scale.step * 0.500_001);
                prop_assert_eq!(scale.real(scale.byte(0.0)), 0.0);
            }
        }

        #[test]
        fn nothing_is_lost_by_trimming(low in -50.0..0.0_f64, high in 0.0..50.0_f64, place in 0.0..=1.0_f64) {
            let (whole, step) = (Scale::with_zero(low, high), 2.0 / 255.0);
            let scale = whole.trimmed(f64::tanh, step);
            let x = low + (high - low) * place;
            let (clamped, exact) = (x.clamp(scale.real(0), scale.real(255)), x.tanh());
            // Half a step of what it gives is cut off, and half a step of what it takes by rounding the zero point; tanh is nowhere steeper than 1.
            let bound = (step + scale.step) * 0.500_001;
            prop_assert!((clamped.tanh() - exact).abs() <= bound, "{} instead of {} at {x} in {scale:?}", clamped.tanh(), exact);
        }
    }

    #[test]
    fn scales_of_nothing_and_of_almost_nothing() {
        assert_eq!(Scale::with_zero(0.0, 0.0).byte(0.0), 0);
        assert_eq!(Scale::with_zero(0.0, 1e-300).step, 1e-30);
        // A value of which only the last bits change has a step that an offset can tell.
        let scale = Scale::between(5.0, 5.000_001);
        assert!(scale.step >= 5.0 / 65536.0 && scale.real(0) <= 5.0 && scale.real(255) >= 5.000_001, "{scale:?}");
        assert_eq!(Scales::with_common_zero(&[(0.0, 2.0), (0.0, 0.0)]).zero_byte(), Some(0));
    }

    #[test]
    fn saturated_ends_are_cut_off() {
        let trimmed = Scale::with_zero(-1000.0, 1000.0).trimmed(f64::tanh, 2.0 / 255.0);
        let (low, high) = (trimmed.real(0), trimmed.real(255));
        assert!(low < -2.0 && low > -5.0 && high > 2.0 && high < 5.0, "{trimmed:?}");
        // A constant function has nothing to cut.
        let whole = Scale::with_zero(-1.0, 2.0);
        assert_eq!(whole.trimmed(|_| 3.0, 0.1), whole);
    }
}
