//! What is linear without a kernel: sums, averages, cross-stitches, normalisations, and changes of scale.

use super::part::part;

part! {
    /// `yᵣ = (Σₖ mₖ xₖ + o) >> shift`, within a byte: a weighted sum of `INPUTS` tensors, with weights and an offset for each of `CHANNELS`
    /// channels; row `r` is of channel `r mod CHANNELS`. Half a unit is part of the offset, so that the shift rounds.
    Combination<CHANNELS, INPUTS> {
        /// `mₖ`.
        multiplier: [[i32; CHANNELS]; INPUTS] = I32 [INPUTS, CHANNELS],
        /// `o`.
        offset: [i32; CHANNELS] = I32 [CHANNELS],
        /// `shift`.
        shift: [u8; 1] = U8 [1],
    }
}

part! {
    /// `yᵣ = maxₖ (mₖ xₖᵣ + oₖ) >> shift`, within a byte: the greatest of `INPUTS` tensors on one scale.
    Maximum<INPUTS> {
        /// `mₖ`.
        multiplier: [i32; INPUTS] = I32 [INPUTS],
        /// `oₖ`.
        offset: [i32; INPUTS] = I32 [INPUTS],
        /// `shift`.
        shift: [u8; 1] = U8 [1],
    }
}

/// A sum without its last `shift` bits, as a byte.
#[inline(always)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it lies between two bytes")]
pub(super) fn byte(sum: i32, shift: u8) -> u8 {
    (sum >> shift.min(31)).clamp(0, 255) as u8
}

impl<const CHANNELS: usize, const INPUTS: usize> Combination<CHANNELS, INPUTS> {
    /// The combination of tensors of the same size.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<const N: usize>(&self, x: [&[u8; N]; INPUTS], y: &mut [u8; N]) {
        for (row, y) in y.iter_mut().enumerate() {
            let channel = if CHANNELS == N { row } else { row % CHANNELS };
            let mut sum = self.offset[channel];
            for (x, multiplier) in x.iter().zip(&self.multiplier) {
                sum = sum.wrapping_add(i32::from(x[row]).wrapping_mul(multiplier[channel]));
            }
            *y = byte(sum, self.shift[0]);
        }
    }
}

impl Combination<1, 1> {
    /// Changes the scale of a tensor, which goes to row `offset` on of a larger one.
    #[inline(always)]
    pub fn place<const N: usize, const M: usize>(&self, x: &[u8; N], offset: usize, y: &mut [u8; M]) {
        for (&x, y) in x.iter().zip(y.iter_mut().skip(offset)) {
            *y = byte(self.offset[0].wrapping_add(i32::from(x).wrapping_mul(self.multiplier[0][0])), self.shift[0]);
        }
    }
}

impl<const INPUTS: usize> Maximum<INPUTS> {
    /// The greatest, row by row.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<const N: usize>(&self, x: [&[u8; N]; INPUTS], y: &mut [u8; N]) {
        for (row, y) in y.iter_mut().enumerate() {
            let mut greatest = i32::MIN;
            for (input, x) in x.iter().enumerate() {
                greatest = greatest.max(self.offset[input].wrapping_add(i32::from(x[row]).wrapping_mul(self.multiplier[input])));
            }
            *y = byte(greatest, self.shift[0]);
        }
    }
}

#[cfg(feature = "std")]
pub(super) use set::{LIMIT, fixed, half};

#[cfg(feature = "std")]
mod set {
    use super::super::scale::{Scale, Scales};
    use super::{Combination, Maximum};
    use crate::kernel::int8::output::{power_of_two, shift_below};
    use crate::layer::{Affine, CrossStitchParameters};

    /// Sums stay below this, whatever the bytes are.
    pub(in super::super) const LIMIT: f64 = (1 << 30) as f64;

    /// `term · 2^shift`, with half a unit if it is to be shifted back with rounding.
    #[allow(clippy::cast_possible_truncation, reason = "the shift is chosen so that it fits; what does not, saturates")]
    pub(in super::super) fn fixed(term: f64, shift: u8) -> i32 {
        (term * power_of_two(shift)).round().clamp(-LIMIT, LIMIT) as i32
    }

    /// Half a unit behind so many places.
    pub(in super::super) fn half(shift: u8) -> i32 {
        (1 << shift) >> 1
    }

    impl<const CHANNELS: usize, const INPUTS: usize> Combination<CHANNELS, INPUTS> {
        /// `y = Σₖ factor(k, channel) · xₖ + constant(channel)`.
        pub fn set(&mut self, factor: impl Fn(usize, usize) -> f64, constant: impl Fn(usize) -> f64, from: [&Scales; INPUTS], to: &Scales) {
            let multiplier = |input: usize, channel: usize| factor(input, channel) * from[input].at(channel).step / to.at(channel).step;
            let offset = |channel: usize| {
                let zero_points = (0..INPUTS).map(|input| multiplier(input, channel) * from[input].at(channel).zero_point).sum::<f64>();
                to.at(channel).zero_point + constant(channel) / to.at(channel).step - zero_points
            };
            let bound = |channel: usize| offset(channel).abs() + (0..INPUTS).map(|input| 255.0 * multiplier(input, channel).abs()).sum::<f64>() + 1.0;
            let shift = shift_below((0..CHANNELS).map(bound).fold(0.0, f64::max), LIMIT, 24);
            self.shift = [shift];
            for channel in 0..CHANNELS {
                for input in 0..INPUTS {
                    self.multiplier[input][channel] = fixed(multiplier(input, channel), shift);
                }
                self.offset[channel] = fixed(offset(channel), shift) + half(shift);
            }
        }

        /// `y = Σₖ αₖ xₖ`.
        pub fn set_cross_stitch(&mut self, float: &CrossStitchParameters<CHANNELS, INPUTS, f32>, from: [&Scales; INPUTS], to: &Scales) {
            self.set(|input, channel| f64::from(float.coefficients[(channel, input)]), |_| 0.0, from, to);
        }
    }

    impl<const INPUTS: usize> Combination<1, INPUTS> {
        /// `y = Σₖ factor · xₖ`: the sum, or the mean.
        pub fn set_sum(&mut self, factor: f64, from: [Scale; INPUTS], to: Scale) {
            let from = from.map(Scales::from);
            self.set(|_, _| factor, |_| 0.0, from.each_ref(), &to.into());
        }
    }

    impl Combination<1, 1> {
        /// `y = x`, to other scales, or byte by byte where every channel keeps its own.
        pub fn set_place(&mut self, from: &Scales, to: Option<Scale>) {
            let same = Scale { step: 1.0, zero_point: 0.0, mean: 0.0, varies: true };
            let (from, to) = to.map_or((same, same), |to| (from.common(), to));
            self.set_sum(1.0, [from], to);
        }
    }

    impl<const CHANNELS: usize> Combination<CHANNELS, 1> {
        /// `y = a ⊙ x + c`.
        pub fn set_affine(&mut self, affine: &Affine<CHANNELS>, from: &Scales, to: &Scales) {
            self.set(|_, channel| affine.scale[channel], |channel| affine.offset(channel), [from], to);
        }
    }

    impl<const INPUTS: usize> Maximum<INPUTS> {
        /// The greatest of values on several scales.
        pub fn set(&mut self, from: [Scale; INPUTS], to: Scale) {
            let multiplier = |input: usize| from[input].step / to.step;
            let offset = |input: usize| to.zero_point - multiplier(input) * from[input].zero_point;
            let largest = (0..INPUTS).map(|input| offset(input).abs() + 255.0 * multiplier(input) + 1.0).fold(0.0, f64::max);
            let shift = shift_below(largest, LIMIT, 24);
            self.shift = [shift];
            for input in 0..INPUTS {
                self.multiplier[input] = fixed(multiplier(input), shift);
                self.offset[input] = fixed(offset(input), shift) + half(shift);
            }
        }
    }
}
