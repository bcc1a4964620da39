//! Where real numbers become bytes, and bytes real numbers.

use super::part::part;

part! {
    /// `q = round(x · scale + offset)`, within a byte, with one scale for all values (`CHANNELS` is 1) or one for each: a normalisation right after an
    /// input is part of it.
    Quantizer<CHANNELS> {
        /// `a / s`.
        scale: [f32; CHANNELS] = F32 [CHANNELS],
        /// `c / s + z + ½`.
        offset: [f32; CHANNELS] = F32 [CHANNELS],
    }
}

part! {
    /// `x = s q − s z`: of a head that does not end in a `Dense`.
    Dequantizer<> {
        /// `s`.
        scale: [f32; 1] = F32 [1],
        /// `−s z`.
        offset: [f32; 1] = F32 [1],
    }
}

impl<const CHANNELS: usize> Quantizer<CHANNELS> {
    /// The bytes of real numbers; what is missing counts as 0.
    #[inline(always)]
    pub fn forward<const N: usize>(&self, x: &[f32], q: &mut [u8; N]) {
        const { assert!(N.is_multiple_of(CHANNELS), "as many values of each channel") };
        if x.len() < N {
            for (row, q) in q.iter_mut().enumerate() {
                *q = self.byte(x.get(row).copied().unwrap_or(0.0), row % CHANNELS);
            }
            return;
        }
        // No row asks whether there is one: these loops become vectors.
        if CHANNELS == 1 {
            for (q, &x) in q.iter_mut().zip(x) {
                *q = self.byte(x, 0);
            }
            return;
        }
        for (q, x) in q.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(x.as_chunks::<CHANNELS>().0) {
            for channel in 0..CHANNELS {
                q[channel] = self.byte(x[channel], channel);
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the conversion saturates")]
    fn byte(&self, x: f32, channel: usize) -> u8 {
        (x * self.scale[channel] + self.offset[channel]) as u8
    }
}

impl Dequantizer {
    /// The real numbers of bytes.
    #[inline(always)]
    pub fn forward<const N: usize>(&self, q: &[u8; N], x: &mut [f32; N]) {
        for (&q, x) in q.iter().zip(x) {
            *x = f32::from(q) * self.scale[0] + self.offset[0];
        }
    }
}

#[cfg(feature = "std")]
#[allow(clippy::cast_possible_truncation, reason = "the nearest `f32` is wanted")]
mod set {
    use super::super::range::Scale;
    use super::{Dequantizer, Quantizer};
    use crate::layer::Affine;

    impl Quantizer<1> {
        /// Of values as they are.
        pub fn set(&mut self, to: Scale) {
            self.scale = [(1.0 / to.step) as f32];
            self.offset = [f32::from(to.zero_point) + 0.5];
        }
    }

    impl<const CHANNELS: usize> Quantizer<CHANNELS> {
        /// Of `a ⊙ x + c`.
        pub fn set_affine(&mut self, affine: &Affine<CHANNELS>, to: Scale) {
            for channel in 0..CHANNELS {
                self.scale[channel] = (affine.scale[channel] / to.step) as f32;
                self.offset[channel] = (affine.offset(channel) / to.step + f64::from(to.zero_point) + 0.5) as f32;
            }
        }
    }

    impl Dequantizer {
        /// Of values on this scale.
        pub fn set(&mut self, from: Scale) {
            self.scale = [from.step as f32];
            self.offset = [(-from.step * f64::from(from.zero_point)) as f32];
        }
    }
}
