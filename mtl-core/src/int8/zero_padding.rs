//! `ZeroPadding2D` in eight bits.

use super::part::part;
use crate::layer;

part! {
    /// An image among the bytes that stand for 0. All values keep their scale, whose zero point is a byte.
    ZeroPadding<> {
        /// The byte that stands for 0.
        padding: [u8; 1] = U8 [1],
    }
}

impl ZeroPadding {
    /// Puts an image among zeros.
    #[inline(always)]
    pub fn forward<const IN: usize, const OUT: usize>(&self, margins: &layer::ZeroPadding, x: &[u8; IN], y: &mut [u8; OUT]) {
        margins.place(x, y, self.padding[0]);
    }

    /// Takes the byte for 0, which all channels must have in common.
    #[cfg(feature = "std")]
    pub fn set(&mut self, from: &super::Scales) {
        self.padding = [from.zero_byte().unwrap_or(0)];
    }
}
