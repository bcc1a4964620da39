//! Where real numbers become bytes, and bytes real numbers.

use super::part::part;

part! {
    /// `q = round(x · scale + offset)`, within a byte, with one scale for all values (`CHANNELS` is 1) or one for each.
    Quantizer<CHANNELS> {
        /// `1 / s`.
        scale: [f32; CHANNELS] = F32 [CHANNELS],
        /// `z + ½`.
        offset: [f32; CHANNELS] = F32 [CHANNELS],
    }
}

part! {
    /// `q = round((x − μ) · scale + offset)`, within a byte, channel by channel: a normalisation right after an input is part of its quantisation.
    /// The difference comes first, as where values differ in their last digits alone it is exact.
    Normalizer<CHANNELS> {
        /// `μ`.
        mean: [f32; CHANNELS] = F32 [CHANNELS],
        /// `a / s`.
        scale: [f32; CHANNELS] = F32 [CHANNELS],
        /// `c / s + z + ½`.
        offset: [f32; CHANNELS] = F32 [CHANNELS],
        /// 1 if it gives low bytes too, else 0.
        low: [u8; 1] = U8 [1],
    }
}

part! {
    /// `x = s q − s z`, with one scale for all values or one for each channel: of a head that does not end in a `Dense`.
    Dequantizer<CHANNELS> {
        /// `s`.
        scale: [f32; CHANNELS] = F32 [CHANNELS],
        /// `−s z`.
        offset: [f32; CHANNELS] = F32 [CHANNELS],
    }
}

/// Whether there is a number that is not finite.
#[cfg_attr(feature = "std", inline(always))]
#[cfg_attr(not(feature = "std"), inline(never))]
#[must_use]
pub fn has_not_finite(x: &[f32]) -> bool {
    // All of some are looked at, so that this becomes vectors.
    let is_in = |x: &[f32]| x.iter().fold(false, |found, x| found | !x.is_finite());
    if cfg!(feature = "std") {
        return is_in(x);
    }
    // In short code.
    let (fours, rest) = x.as_chunks::<4>();
    fours.iter().any(|four| is_in(four)) || rest.iter().any(|x| !x.is_finite())
}

/// Bytes of what a function makes of real numbers, which is told the number of each channel; what is missing counts as 0.
#[inline(always)]
fn quantize<const CHANNELS: usize, const N: usize>(x: &[f32], q: &mut [u8; N], byte: impl Fn(f32, usize) -> u8) {
    const { assert!(N.is_multiple_of(CHANNELS), "as many values of each channel") };
    if x.len() < N {
        for (row, q) in q.iter_mut().enumerate() {
            *q = byte(x.get(row).copied().unwrap_or(0.0), row % CHANNELS);
        }
        return;
    }
    // No row asks whether there is one: these loops become vectors.
    if CHANNELS == 1 {
        for (q, &x) in q.iter_mut().zip(x) {
            *q = byte(x, 0);
        }
        return;
    }
    for (q, x) in q.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(x.as_chunks::<CHANNELS>().0) {
        for channel in 0..CHANNELS {
            q[channel] = byte(x[channel], channel);
        }
    }
}

impl<const CHANNELS: usize> Quantizer<CHANNELS> {
    /// The bytes of real numbers; what is missing counts as 0.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    pub fn forward<const N: usize>(&self, x: &[f32], q: &mut [u8; N]) {
        quantize::<CHANNELS, N>(
            x,
            q,
            #[inline(always)]
            |x, channel| (x * self.scale[channel] + self.offset[channel]) as u8,
        );
    }
}

impl<const CHANNELS: usize> Normalizer<CHANNELS> {
    /// The bytes of normalised real numbers; what is missing counts as 0.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    pub fn forward<const N: usize>(&self, x: &[f32], q: &mut [u8; N]) {
        quantize::<CHANNELS, N>(
            x,
            q,
            #[inline(always)]
            |x, channel| ((x - self.mean[channel]) * self.scale[channel] + self.offset[channel]) as u8,
        );
    }

    /// Whether it gives low bytes.
    #[inline(always)]
    #[must_use]
    pub const fn gives_low(&self) -> bool {
        self.low[0] != 0
    }

    /// The bytes, and what they leave out in parts of 256 if it [gives](Self::gives_low) that; 128 is nothing.
    #[inline(always)]
    pub fn forward_low<const N: usize>(&self, x: &[f32], q: &mut [u8; N], low: &mut [u8; N]) {
        self.forward(x, q);
        if self.gives_low() {
            low_bytes((&self.mean, &self.scale, &self.offset), x, q, low);
        }
    }
}

/// What the bytes of a [`Normalizer`] leave out.
#[cold]
#[inline(never)]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
fn low_bytes((mean, scale, offset): (&[f32], &[f32], &[f32]), x: &[f32], q: &[u8], low: &mut [u8]) {
    let channels = mean.iter().zip(scale).zip(offset).cycle();
    let x = x.iter().copied().chain(core::iter::repeat(0.0));
    for (((&q, low), x), ((mean, scale), offset)) in q.iter().zip(low).zip(x).zip(channels) {
        let exact = (x - mean) * scale + offset;
        *low = ((exact - f32::from(q)) * 256.0) as u8;
    }
}

impl<const CHANNELS: usize> Dequantizer<CHANNELS> {
    /// The real numbers of bytes.
    #[inline(always)]
    pub fn forward<const N: usize>(&self, q: &[u8; N], x: &mut [f32; N]) {
        for (row, (&q, x)) in q.iter().zip(x).enumerate() {
            let channel = if CHANNELS == N { row } else { row % CHANNELS };
            *x = f32::from(q) * self.scale[channel] + self.offset[channel];
        }
    }
}

#[cfg(feature = "std")]
#[allow(clippy::cast_possible_truncation, reason = "the nearest `f32` is wanted")]
mod set {
    use super::super::scale::Scales;
    use super::{Dequantizer, Normalizer, Quantizer};
    use crate::layer::Affine;

    impl<const CHANNELS: usize> Quantizer<CHANNELS> {
        /// Of values as they are.
        pub fn set(&mut self, to: &Scales) {
            for channel in 0..CHANNELS {
                self.scale[channel] = (1.0 / to.at(channel).step) as f32;
                self.offset[channel] = (to.at(channel).zero_point + 0.5) as f32;
            }
        }
    }

    impl<const CHANNELS: usize> Normalizer<CHANNELS> {
        /// Of `a ⊙ (x − μ) + c`.
        pub fn set(&mut self, affine: &Affine<CHANNELS>, to: &Scales) {
            self.low = [u8::from(to.has_low())];
            for channel in 0..CHANNELS {
                let to = to.at(channel);
                self.mean[channel] = affine.centre[channel] as f32;
                self.scale[channel] = (affine.scale[channel] / to.step) as f32;
                self.offset[channel] = (affine.shift[channel] / to.step + to.zero_point + 0.5) as f32;
            }
        }
    }

    impl<const CHANNELS: usize> Dequantizer<CHANNELS> {
        /// Of values on these scales.
        pub fn set(&mut self, from: &Scales) {
            for channel in 0..CHANNELS {
                let from = from.at(channel);
                self.scale[channel] = from.step as f32;
                self.offset[channel] = (-from.step * from.zero_point) as f32;
            }
        }
    }
}
