//! A convolution in bytes: patches of the image, gathered into a panel, go through the product of [`int8`](super::int8).

use super::Window;
use super::convolution::{Piece, Places};
use super::int8::Layer;

impl Layer<'_> {
    /// The layer's bytes for the patch at each place of the window, one place after the other; `padding` is what is around the image.
    ///
    /// `panel` is memory to work in, for one patch at least; `x` is one image, and `y` has room for the units of every place. Where they are of
    /// other sizes, the bytes of what does not fit mean nothing. Sizes are arguments: all convolutions of a program share one copy of the code.
    #[inline(never)]
    pub fn convolve(&self, window: &Window, padding: u8, x: &[u8], panel: &mut [u8], y: &mut [u8]) {
        let (patch, units) = (window.patch().max(1), self.bias.len().max(1));
        let most = panel.len() / patch;
        let mut places = Places::start(window);
        for y in y.chunks_mut((most * units).max(1)) {
            let Some(panel) = panel.get_mut(..y.len() / units * patch) else { return };
            for patch in panel.chunks_exact_mut(patch) {
                let (_, pieces) = places.next();
                if pieces.pixel_count() < window.pixels_in_patch() {
                    patch.fill(padding);
                }
                for Piece { patch: to, image: from, length } in pieces {
                    let [from, to, length] = [from, to, length].map(|pixels| pixels * window.channels());
                    if let (Some(from), Some(to)) = (x.get(from..from + length), patch.get_mut(to..to + length)) {
                        copy(from, to);
                    }
                }
            }
            self.dense(panel, y);
        }
    }
}

/// Copies some bytes of which there are few: a call of `memcpy` would take longer.
#[inline(always)]
fn copy(from: &[u8], to: &mut [u8]) {
    let ((from, from_rest), (to, to_rest)) = (from.as_chunks::<32>(), to.as_chunks_mut::<32>());
    for (from, to) in from.iter().zip(to) {
        // Two at a time, as a loop with one is a call of `memcpy` to the compiler.
        ends::<16>(from, to);
    }
    let (from, to) = (from_rest, to_rest);
    let _ = ends::<16>(from, to) || ends::<8>(from, to) || ends::<4>(from, to) || ends::<2>(from, to) || ends::<1>(from, to);
}

/// Copies the first and the last `N` bytes, which are all if there are no more than twice as many; false if there are fewer than `N`.
#[inline(always)]
fn ends<const N: usize>(from: &[u8], to: &mut [u8]) -> bool {
    let (Some(from_first), Some(from_last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else { return false };
    if let Some(to) = to.first_chunk_mut() {
        *to = *from_first;
    }
    if let Some(to) = to.last_chunk_mut() {
        *to = *from_last;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::copy;

    #[test]
    fn every_number_of_bytes_is_copied() {
        let from: [u8; 100] = core::array::from_fn(|place| place as u8 + 1);
        for length in 0..=100 {
            let mut to = [0; 100];
            copy(&from[..length], &mut to[..length]);
            assert!(to[..length] == from[..length] && to[length..].iter().all(|&byte| byte == 0), "{length}");
        }
    }
}
