//! From sums to bytes: [`Output`].

/// The bit of a shift in a weight file that says that a layer gives low bytes too.
pub(crate) const LOW_BYTES: u8 = 128;

/// How a sum becomes a byte: `q = z + round(a m / 2^shift)`, within bounds.
///
/// One shift serves all units of a layer. The largest multiplier `m` has 31 bits, so one a thousand times smaller still has 21.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    shift: u8,
    zero_point: u8,
    lowest: u8,
    highest: u8,
}

impl Output {
    /// What is kept in a weight file: shift, zero point, lowest and highest result. Of a shift that makes no sense the nearest that does; its highest
    /// bit is `LOW_BYTES`.
    #[inline(always)]
    #[must_use]
    pub const fn read([shift, zero_point, lowest, highest]: [u8; 4]) -> Self {
        let shift = shift & !LOW_BYTES;
        Self { shift: if shift > 62 { 62 } else { shift }, zero_point, lowest, highest }
    }

    /// What a byte that was made of a sum leaves out, in parts of 256, with a zero point of 128.
    #[inline(always)]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between two bytes")]
    pub fn low(self, sum: i32, multiplier: i32, byte: u8) -> u8 {
        let Some(shift) = self.shift.checked_sub(8) else { return 128 };
        let half = (1_i64 << shift) >> 1;
        let parts = (i64::from(sum) * i64::from(multiplier) + half) >> shift;
        (parts - 256 * (i64::from(byte) - i64::from(self.zero_point)) + 128).clamp(0, 255) as u8
    }

    /// The byte of a sum: `a m` is rounded to the nearest multiple of `2^shift`, a half upwards.
    #[inline(always)]
    #[must_use]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between two bytes")]
    pub fn of(self, sum: i32, multiplier: i32) -> u8 {
        let half = (1_i64 << self.shift) >> 1;
        // The product has 62 bits and a sign: nothing overflows.
        let scaled = (i64::from(sum) * i64::from(multiplier) + half) >> self.shift;
        (scaled + i64::from(self.zero_point)).min(i64::from(self.highest)).max(i64::from(self.lowest)) as u8
    }

    /// How the same comes from the high half of the product, `h = ⌊a m / 2^32⌋`, by 32-bit arithmetic alone; none for a shift below 33, that is a
    /// factor above a quarter.
    ///
    /// `⌊(a m + 2^(shift − 1)) / 2^shift⌋ = ⌊(h + 2^(shift − 33)) / 2^(shift − 32)⌋`, as the low half is less than the 1 that `h` counts.
    #[inline(always)]
    pub(crate) fn high(self) -> Option<High> {
        let shift = self.shift.checked_sub(33)?;
        Some(High { half: 1 << shift, shift: i32::from(shift) + 1, zero_point: self.zero_point, lowest: self.lowest, highest: self.highest })
    }
}

/// [`Output`] for high halves of products: `z + (h + half) >> shift`, not below `lowest` and not above `highest`.
#[derive(Clone, Copy)]
pub(crate) struct High {
    /// Of `h` and `half` the sum stays below `2^31`.
    pub half: i32,
    pub shift: i32,
    pub zero_point: u8,
    pub lowest: u8,
    pub highest: u8,
}

impl High {
    /// [`Output::of`].
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between two bytes")]
    pub fn of(self, sum: i32, multiplier: i32) -> u8 {
        let high = ((i64::from(sum) * i64::from(multiplier)) >> 32) as i32;
        let scaled = (high + self.half) >> self.shift;
        (scaled + i32::from(self.zero_point)).min(i32::from(self.highest)).max(i32::from(self.lowest)) as u8
    }
}

/// Multipliers of 31 bits at most and their common shift, for real factors: `factor ≈ multiplier / 2^shift`.
///
/// Factors of `2^31` and more become the largest multiplier.
#[cfg(feature = "std")]
#[allow(clippy::cast_possible_truncation, reason = "bounded by the shift")]
pub(crate) fn fixed_point(factors: &[f64], multipliers: &mut [i32]) -> u8 {
    let largest = factors.iter().fold(0.0, |largest: f64, factor| largest.max(factor.abs()));
    let shift = shift_below(largest, f64::from(i32::MAX), 62);
    for (multiplier, factor) in multipliers.iter_mut().zip(factors) {
        *multiplier = (factor * power_of_two(shift)).round() as i32;
    }
    shift
}

/// The largest shift up to `most` for which `largest · 2^shift` stays below `limit`; 0 if there is none.
#[cfg(feature = "std")]
pub(crate) fn shift_below(largest: f64, limit: f64, most: u8) -> u8 {
    (0..=most).rev().find(|&shift| largest * power_of_two(shift) < limit).unwrap_or(0)
}

#[cfg(feature = "std")]
pub(crate) fn power_of_two(exponent: u8) -> f64 {
    2.0_f64.powi(i32::from(exponent))
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::{Output, fixed_point};

    #[test]
    fn the_nearest_byte_is_given_and_a_half_goes_up() {
        let output = Output::read([8, 10, 3, 250]);
        // 1.5, 2.5, −0.5 and −1.5 after scaling.
        assert_eq!([384, 640, -128, -384].map(|sum| output.of(sum, 1)), [12, 13, 10, 9]);
        assert_eq!([i32::MIN, -256 * 8, 256 * 241, i32::MAX].map(|sum| output.of(sum, 1)), [3, 3, 250, 250]);
    }

    #[test]
    fn the_high_half_of_a_product_gives_the_same_byte() {
        let numbers = [i32::MIN, i32::MIN + 1, -0x1234_5678, -70_000, -1, 0, 1, 513, 70_000, 0x1234_5678, 1 << 30, i32::MAX];
        for shift in 0..=62 {
            let output = Output::read([shift, 100, 3, 250]);
            assert_eq!(output.high().is_some(), shift >= 33);
            for (sum, multiplier) in numbers.iter().flat_map(|&sum| numbers.map(|multiplier| (sum, multiplier))) {
                if let Some(high) = output.high() {
                    assert_eq!(high.of(sum, multiplier), output.of(sum, multiplier), "{sum} · {multiplier} / 2^{shift}");
                }
            }
        }
    }

    #[test]
    fn extremes_do_not_overflow() {
        for shift in [0, 1, 31, 61, 62, 255] {
            for (zero_point, lowest, highest) in [(0, 0, 255), (255, 255, 0), (128, 7, 9)] {
                let output = Output::read([shift, zero_point, lowest, highest]);
                for (sum, multiplier) in [(i32::MIN, i32::MIN), (i32::MIN, i32::MAX), (i32::MAX, i32::MAX), (i32::MAX, i32::MIN)] {
                    // The lowest result wins where bounds contradict each other.
                    assert!(output.of(sum, multiplier) >= lowest);
                }
            }
        }
    }

    #[test]
    fn multipliers_have_as_many_bits_as_there_are() {
        let mut multipliers = [0; 4];
        let shift = fixed_point(&[0.3, 0.0003, 0.0, 1e-12], &mut multipliers);
        assert_eq!(shift, 32);
        for (multiplier, factor) in multipliers.iter().zip([0.3, 0.0003]) {
            let error = (f64::from(*multiplier) / 2.0_f64.powi(32) - factor).abs();
            assert!(error <= 2.0_f64.powi(-33), "{error}");
        }
        assert_eq!(multipliers[2..], [0, 0]);
        assert_eq!(fixed_point(&[1e-30], &mut multipliers[..1]), 62);
        assert_eq!(fixed_point(&[1e30], &mut multipliers[..1]), 0);
        assert_eq!(multipliers[0], i32::MAX);
    }
}
