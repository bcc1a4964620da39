//! A convolution in bytes: patches of the image go one by one through the product of [`int8`](super::int8).

use super::Window;
use super::int8::Layer;

impl Layer<'_> {
    /// The layer's bytes for the patch at each place of the window, one place after the other; `padding` is what is around the image.
    ///
    /// `patch` is memory to work in, as large as a patch. Sizes are arguments: all convolutions of a program share one copy of the code.
    #[inline(never)]
    pub fn convolve(&self, window: &Window, padding: u8, x: &[u8], patch: &mut [u8], y: &mut [u8]) {
        let channels = window.channels();
        for (place, y) in y.chunks_exact_mut(self.bias.len().max(1)).enumerate() {
            let pieces = window.pieces(place);
            if pieces.pixel_count() < window.pixels_in_patch() {
                patch.fill(padding);
            }
            for piece in pieces {
                let (from, to, length) = (piece.image * channels, piece.patch * channels, piece.length * channels);
                if let (Some(from), Some(to)) = (x.get(from..from + length), patch.get_mut(to..to + length)) {
                    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
                }
            }
            self.dense(patch, y);
        }
    }
}
