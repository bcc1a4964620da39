//! Pooling in eight bits.

use super::part::part;
use crate::kernel::int8::output::Output;
use crate::layer::Window;

part! {
    /// `y = z' + m_n Σ (x − z)` for each channel of the `n` pixels under a [`Window`] at each of its places.
    ///
    /// Without padding `n` is the same everywhere, and `COUNTS` is 1; with padding there is a multiplier for every number of pixels that may lie
    /// in the image.
    AveragePool<COUNTS> {
        /// `s / (n s') · 2^shift`.
        multiplier: [i32; COUNTS] = I32 [COUNTS],
        /// [`Output`].
        output: [u8; 4] = U8 [4],
        /// `z`.
        zero_point: [u8; 1] = U8 [1],
    }
}

impl<const COUNTS: usize> AveragePool<COUNTS> {
    /// The means.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    #[allow(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "fewer than 2^23")]
    pub fn forward<const CHANNELS: usize, const IN: usize, const OUT: usize>(&self, window: &Window, x: &[u8; IN], y: &mut [u8; OUT]) {
        const { assert!(IN < 1 << 23, "a sum over so many pixels does not fit into 32 bits") };
        let (x, output) = (x.as_chunks::<CHANNELS>().0, Output::read(self.output));
        for (place, y) in y.as_chunks_mut::<CHANNELS>().0.iter_mut().enumerate() {
            let pieces = window.pieces(place);
            let count = pieces.pixel_count();
            let multiplier = self.multiplier.get(count.wrapping_sub(1)).unwrap_or(&self.multiplier[0]);
            let mut sums = [-(count as i32 * i32::from(self.zero_point[0])); CHANNELS];
            for piece in pieces {
                for pixel in x.get(piece.pixels()).unwrap_or_default() {
                    for channel in 0..CHANNELS {
                        sums[channel] += i32::from(pixel[channel]);
                    }
                }
            }
            for channel in 0..CHANNELS {
                y[channel] = output.of(sums[channel], *multiplier);
            }
        }
    }

    /// Quantises it.
    #[cfg(feature = "std")]
    pub fn set(&mut self, window: &Window, from: super::Scale, to: super::Scale) {
        let pixels = window.pixels_in_patch();
        let count = |number: usize| if COUNTS == 1 { pixels } else { number + 1 };
        let factors: [f64; COUNTS] = core::array::from_fn(|number| from.step / to.step / count(number) as f64);
        let shift = crate::kernel::int8::output::fixed_point(&factors, &mut self.multiplier);
        self.output = [shift, to.zero_byte(), 0, 255];
        self.zero_point = [from.zero_byte()];
    }
}

/// The greatest byte of each channel under a [`Window`] at each of its places. Bytes are in the order of what they stand for, so it needs no scale.
#[inline(always)]
pub fn max_pool<const CHANNELS: usize, const IN: usize, const OUT: usize>(window: &Window, x: &[u8; IN], y: &mut [u8; OUT]) {
    let x = x.as_chunks::<CHANNELS>().0;
    for (place, y) in y.as_chunks_mut::<CHANNELS>().0.iter_mut().enumerate() {
        let mut greatest = [0; CHANNELS];
        for piece in window.pieces(place) {
            for pixel in x.get(piece.pixels()).unwrap_or_default() {
                for channel in 0..CHANNELS {
                    greatest[channel] = greatest[channel].max(pixel[channel]);
                }
            }
        }
        *y = greatest;
    }
}
