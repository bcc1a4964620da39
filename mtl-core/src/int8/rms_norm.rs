//! `RmsNorm` in eight bits, and in `f32` where the model begins.

use super::combination::byte;
use super::part::part;

part! {
    /// `y = z' + γ x̂ / s'` with `x̂ = x / √(mean(x²) + ε)`, the mean over `N` values.
    ///
    /// With `d = 16 (q − z)`, which is `16 x / s`, it is `x̂ = √N d / √(Σ d² + N ε (16 / s)²)`. The root is that of a whole number of 64 bits, its
    /// first one moved to the top; `√N` is part of the multiplier.
    RmsNorm<N> {
        /// `γ √N / s' · 2^shift`.
        multiplier: [i32; N] = I32 [N],
        /// `(z' + ½) · 2^shift`.
        offset: [i32; N] = I32 [N],
        /// `16 z`.
        zero: [i32; 1] = I32 [1],
        /// `N ε (16 / s)²`, the lower half first.
        epsilon: [u32; 2] = U32 [2],
        /// `shift`.
        shift: [u8; 1] = U8 [1],
    }
}

part! {
    /// `y = γ x / √(mean(x²) + ε)` of real numbers: a `RmsNorm` with nothing but steps in `f32` before it.
    RealRmsNorm<N> {
        /// `γ`.
        scale: [f32; N] = F32 [N],
        /// `ε`.
        epsilon: [f32; 1] = F32 [1],
    }
}

/// The bits of `d` behind the point of `q − z`, and those of `d / √..`.
const PLACES: u32 = 4;
const FRACTION: u32 = 24;

/// `16 z` at most: a step is no finer than `2⁻¹⁶` of the numbers.
const MOST: i32 = 1 << 21;

impl<const N: usize> RmsNorm<N> {
    /// Normalises each of the `N` values that follow each other.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "shown in place")]
    pub fn forward<const M: usize>(&self, x: &[u8; M], y: &mut [u8; M]) {
        const { assert!(N < 1 << 20, "the sum over so many squares does not fit into 64 bits") };
        // A file may say anything; `set` stays below.
        let zero = i64::from(self.zero[0].clamp(-MOST, MOST));
        let distance = |x: u8| (i64::from(x) << PLACES) - zero;
        for (x, y) in x.as_chunks::<N>().0.iter().zip(y.as_chunks_mut::<N>().0) {
            let squares = x.iter().map(|&x| distance(x).unsigned_abs().pow(2)).fold(0, u64::saturating_add);
            let [low, high] = self.epsilon;
            let square = squares.saturating_add(u64::from(high) << 32 | u64::from(low)).max(1);
            // An even number of places, so that the root moves by half as many: it is 2^31 at least, and what it divides 2^62 to 2^31 at most.
            let places = square.leading_zeros() & !1;
            let inverse = ((1 << 62) / (square << places).isqrt().max(1)) as i64;
            for (row, (&x, y)) in x.iter().zip(y).enumerate() {
                // `d · inverse` is below 2^22 · 2^31; the quotient is 1 at most, 2^24; and the product with it below 2^55.
                let normalized = (distance(x) * inverse) >> (62 - FRACTION - places / 2);
                let scaled = (normalized * i64::from(self.multiplier[row])) >> FRACTION;
                *y = byte((scaled as i32).wrapping_add(self.offset[row]), self.shift[0]);
            }
        }
    }

    /// Quantises it.
    #[cfg(feature = "std")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded; a square")]
    pub fn set(&mut self, float: &crate::layer::RmsNormParameters<N, f32>, epsilon: f64, from: super::Scale, to: &super::Scales) {
        use super::combination::{LIMIT, fixed, half};
        let scale = |row: usize| (N as f64).sqrt() * f64::from(float.scale[row]) / to.at(row).step;
        let bound = |row: usize| to.at(row).zero_point.abs() + scale(row).abs() + 1.0;
        let shift = crate::kernel::int8::output::shift_below((0..N).map(bound).fold(0.0, f64::max), LIMIT, 24);
        for row in 0..N {
            self.multiplier[row] = fixed(scale(row), shift);
            self.offset[row] = fixed(to.at(row).zero_point, shift) + half(shift);
        }
        let unit = f64::from(1 << PLACES);
        self.zero = [(unit * from.zero_point).round() as i32];
        let epsilon = (N as f64 * epsilon * (unit / from.step).powi(2)).round().min((1_u64 << 62) as f64) as u64;
        self.epsilon = [epsilon as u32, (epsilon >> 32) as u32];
        self.shift = [shift];
    }
}

impl<const N: usize> RealRmsNorm<N> {
    /// Normalises each of the `N` values that follow each other, by the same operations in the same order on every processor.
    ///
    /// Of values over the largest one squares neither overflow nor vanish, whatever the size of the row.
    #[inline(always)]
    pub fn forward<const M: usize>(&self, x: &[f32; M], y: &mut [f32; M]) {
        for (x, y) in x.as_chunks::<N>().0.iter().zip(y.as_chunks_mut::<N>().0) {
            let unit = x.iter().fold(1e-10_f32, |largest, x| largest.max(x.abs()));
            let squares = x.iter().map(|&x| (x / unit) * (x / unit)).sum::<f32>();
            let root = libm::sqrtf(squares / N as f32 + self.epsilon[0] / unit / unit);
            for (row, (&x, y)) in x.iter().zip(y).enumerate() {
                *y = self.scale[row] * (x / unit / root);
            }
        }
    }

    /// Takes it over.
    #[cfg(feature = "std")]
    #[allow(clippy::cast_possible_truncation, reason = "the nearest `f32` is wanted")]
    pub fn set(&mut self, float: &crate::layer::RmsNormParameters<N, f32>, epsilon: f64) {
        self.scale = float.scale.into();
        self.epsilon = [epsilon as f32];
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::super::{Scale, Scales};
    use super::{RealRmsNorm, RmsNorm};
    use crate::flat::zeroed;
    use crate::layer::RmsNormParameters;
    use proptest::prelude::*;

    fn exact<const N: usize>(scale: [f32; N], epsilon: f64, x: [f64; N]) -> [f64; N] {
        let root = (x.iter().map(|x| x * x).sum::<f64>() / N as f64 + epsilon).sqrt();
        core::array::from_fn(|row| f64::from(scale[row]) * x[row] / root)
    }

    proptest! {
        #[test]
        fn bytes_are_the_nearest_to_the_formula(x in any::<[u8; 6]>(), scale in prop::array::uniform6(-4.0..4.0_f32), low in -50.0..30.0_f64, span in 0.1..80.0_f64, epsilon in 1e-7..1.0_f64) {
            let from = Scale::between(low, low + span);
            let to: Scales = Scale::with_zero(-10.0, 10.0).into();
            let float = RmsNormParameters { scale: scale.into() };
            let (mut part, mut y): (RmsNorm<6>, _) = (zeroed(), [0; 6]);
            part.set(&float, epsilon, from, &to);
            part.forward(&x, &mut y);
            // The zero point is rounded to a sixteenth.
            let zero = (16.0 * from.zero_point).round() / 16.0;
            let expected = exact(scale, epsilon, x.map(|x| from.step * (f64::from(x) - zero)));
            for (y, expected) in y.into_iter().zip(expected) {
                let (y, step) = (to.at(0).real(y), to.at(0).step);
                prop_assert!((y - expected).abs() <= 0.51 * step, "{y} instead of {expected}");
            }
        }
    }

    #[test]
    fn rows_of_real_numbers_are_normalised_at_every_size() {
        let float = RmsNormParameters { scale: [1.0, -2.0, 0.5].into() };
        let mut part: RealRmsNorm<3> = zeroed();
        part.set(&float, 1e-6);
        for size in [1e-4_f32, 1.0, 1e6, 1e25, 1e38] {
            let x = [size, -size, 2.0 * size];
            let mut y = [0.0; 3];
            part.forward(&x, &mut y);
            for (y, expected) in y.into_iter().zip(exact([1.0, -2.0, 0.5], 1e-6, x.map(f64::from))) {
                assert!((f64::from(y) - expected).abs() < 1e-5, "{size:e}: {y} instead of {expected}");
            }
        }
    }
}
