//! Gates in eight bits: the softmax over experts, and their mixture.

use super::part::part;

part! {
    /// `y = eˣ / Σ eˣ` in steps of `1/255`, from a table of exponentials: `x − max x` has 256 values at most.
    Softmax<> {
        /// `2^16 e^(−s d)` for a distance of `d` steps from the greatest.
        exponentials: [u32; 256] = U32 [256],
    }
}

part! {
    /// `y = z' + (Σₖ gₖ (mₖ xₖ + oₖ)) >> shift`: experts on scales of their own, weighted by a gate in steps of `1/255`.
    Mixture<EXPERTS> {
        /// `mₖ`.
        multiplier: [i32; EXPERTS] = I32 [EXPERTS],
        /// `oₖ`.
        offset: [i32; EXPERTS] = I32 [EXPERTS],
        /// `shift` and `z'`.
        output: [u8; 2] = U8 [2],
    }
}

impl Softmax {
    /// The weights of a gate.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    #[allow(clippy::cast_possible_truncation, reason = "a share of the sum is 255 at most")]
    pub fn forward<const N: usize>(&self, x: &[u8; N], y: &mut [u8; N]) {
        let greatest = x.iter().copied().max().unwrap_or(0);
        let exponential = |x: u8| self.exponentials[usize::from(greatest.wrapping_sub(x))] & 0x1_FFFF;
        let sum = x.iter().map(|&x| u64::from(exponential(x))).sum::<u64>().max(1);
        for (&x, y) in x.iter().zip(y) {
            *y = ((255 * u64::from(exponential(x)) + sum / 2) / sum) as u8;
        }
    }

    /// Fills the table.
    #[cfg(feature = "std")]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an exponential of 0 or less is 1 at most")]
    pub fn set(&mut self, from: super::Scale) {
        for (distance, exponential) in (0_u32..).zip(&mut self.exponentials) {
            *exponential = ((-from.step * f64::from(distance)).exp() * 65536.0).round() as u32;
        }
    }
}

impl<const EXPERTS: usize> Mixture<EXPERTS> {
    /// The mixture, row by row.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between two bytes")]
    pub fn forward<const N: usize>(&self, gate: &[u8; EXPERTS], x: [&[u8; N]; EXPERTS], y: &mut [u8; N]) {
        let [shift, zero_point] = self.output;
        let shift = shift.min(31);
        for (row, y) in y.iter_mut().enumerate() {
            let mut sum = (1_i32 << shift) >> 1;
            for (expert, (x, &gate)) in x.iter().zip(gate).enumerate() {
                let value = i32::from(x[row]).wrapping_mul(self.multiplier[expert]).wrapping_add(self.offset[expert]);
                sum = sum.wrapping_add(i32::from(gate).wrapping_mul(value));
            }
            *y = (sum >> shift).wrapping_add(i32::from(zero_point)).clamp(0, 255) as u8;
        }
    }

    /// Quantises it.
    #[cfg(feature = "std")]
    #[allow(clippy::cast_possible_truncation, reason = "the shift is chosen so that they fit")]
    pub fn set(&mut self, from: [super::Scale; EXPERTS], to: super::Scale) {
        use crate::kernel::int8::output::{power_of_two, shift_below};
        let multiplier = |expert: usize| from[expert].step / to.step / 255.0;
        let offset = |expert: usize| -multiplier(expert) * from[expert].zero_point;
        // The weights of a gate are 255 in sum, but for the rounding of each; sums have 31 bits.
        let largest = (0..EXPERTS).map(|expert| 255.0 * multiplier(expert)).fold(0.0, f64::max);
        let shift = shift_below(largest * (255 + EXPERTS) as f64, f64::from(1 << 30), 30);
        for expert in 0..EXPERTS {
            self.multiplier[expert] = (multiplier(expert) * power_of_two(shift)).round() as i32;
            self.offset[expert] = (offset(expert) * power_of_two(shift)).round() as i32;
        }
        self.output = [shift, to.zero_byte()];
    }
}
