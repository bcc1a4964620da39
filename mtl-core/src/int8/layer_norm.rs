//! `LayerNorm` in eight bits.

use super::combination::byte;
use super::part::part;

part! {
    /// `y = z' + (γ x̂ + β) / s'` with `x̂ = (x − μ) / √(σ² + ε)`, mean and variance over `N` values.
    ///
    /// With `Q` the sum of the bytes and `d = N q − Q`, which is `N (x − μ) / s`, it is `x̂ = d / √(N Σ q² − Q² + ε N² / s²)`. The root is that of a
    /// whole number of 64 bits, its first one moved to the top.
    LayerNorm<N> {
        /// `γ / s' · 2^shift`.
        multiplier: [i32; N] = I32 [N],
        /// `(β / s' + z' + ½) · 2^shift`.
        offset: [i32; N] = I32 [N],
        /// `ε N² / s²`, the lower half first.
        epsilon: [u32; 2] = U32 [2],
        /// `shift`.
        shift: [u8; 1] = U8 [1],
    }
}

/// The bits of `x̂` behind the point.
const FRACTION: u32 = 16;

impl<const N: usize> LayerNorm<N> {
    /// Normalises each of the `N` values that follow each other.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "shown in place")]
    pub fn forward<const M: usize>(&self, x: &[u8; M], y: &mut [u8; M]) {
        const { assert!(N < 1 << 24, "the sums over so many values do not fit into 64 bits") };
        for (x, y) in x.as_chunks::<N>().0.iter().zip(y.as_chunks_mut::<N>().0) {
            let sum = x.iter().map(|&x| i64::from(x)).sum::<i64>();
            let squares = x.iter().map(|&x| u64::from(x) * u64::from(x)).sum::<u64>();
            // At least 0 by Cauchy and Schwarz; each term is below 2^64, as `N` is below 2^24 and a byte below 2^8.
            let deviation = N as u64 * squares - sum.unsigned_abs() * sum.unsigned_abs();
            let [low, high] = self.epsilon;
            let variance = deviation.saturating_add(u64::from(high) << 32 | u64::from(low)).max(1);
            // An even number of places, so that the root moves by half as many: it is 2^31 at least, and what it divides 2^62 to 2^31 at most.
            let places = variance.leading_zeros() & !1;
            let inverse = ((1 << 62) / (variance << places).isqrt().max(1)) as i64;
            for (row, (&x, y)) in x.iter().zip(y).enumerate() {
                // `d · inverse` is below 255 · 2^24 · 2^31; `x̂` is √N at most, 2^12 · 2^16; and the product with it below 2^59.
                let normalized = ((N as i64 * i64::from(x) - sum) * inverse) >> (62 - FRACTION - places / 2);
                let scaled = (normalized * i64::from(self.multiplier[row])) >> FRACTION;
                *y = byte((scaled as i32).wrapping_add(self.offset[row]), self.shift[0]);
            }
        }
    }

    /// Quantises it.
    #[cfg(feature = "std")]
    #[allow(clippy::cast_sign_loss, reason = "a square")]
    pub fn set(&mut self, float: &crate::layer::LayerNormParameters<N, f32>, epsilon: f64, from: super::Scale, to: &super::Scales) {
        use super::combination::{LIMIT, fixed, half};
        let (gamma, beta) = (|row: usize| f64::from(float.gamma[row]) / to.at(row).step, |row: usize| f64::from(float.beta[row]) / to.at(row).step);
        let offset = |row: usize| beta(row) + to.at(row).zero_point;
        let bound = |row: usize| offset(row).abs() + (N as f64).sqrt() * gamma(row).abs() + 1.0;
        let shift = crate::kernel::int8::output::shift_below((0..N).map(bound).fold(0.0, f64::max), LIMIT, 24);
        for row in 0..N {
            self.multiplier[row] = fixed(gamma(row), shift);
            self.offset[row] = fixed(offset(row), shift) + half(shift);
        }
        let epsilon = (epsilon * (N as f64 / from.step).powi(2)).round().min((1_u64 << 62) as f64) as u64;
        self.epsilon = [epsilon as u32, (epsilon >> 32) as u32];
        self.shift = [shift];
    }
}
