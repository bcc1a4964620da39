//! `ZeroPadding2D`: rows and columns of zeros around an image.

use core::ops::Range;
use rand::Rng;

use super::{Context, Layer};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// Zeros above and below, to the left and to the right of an image `[height, width, channels]`, as Keras's `ZeroPadding2D`:
/// `y[r + top, c + left] = x[r, c]`, and 0 elsewhere. The gradient is that of the part: `∂x[r, c] = ∂y[r + top, c + left]`.
#[derive(Clone, Copy, Debug)]
pub struct ZeroPadding {
    height: usize,
    /// How many values a row of the image has, and one of the output.
    row: usize,
    padded_row: usize,
    /// How many zeros there are before the first value of the image.
    before: usize,
}

impl ZeroPadding {
    /// So many rows above and below, and so many columns to the left and to the right, of an image of `[height, width, channels]`.
    #[must_use]
    pub const fn new(image: [usize; 3], margins: [[usize; 2]; 2]) -> Self {
        let ([height, width, channels], [[top, _], [left, right]]) = (image, margins);
        let padded_row = (left + width + right) * channels;
        Self { height, row: width * channels, padded_row, before: top * padded_row + left * channels }
    }

    /// Where each row of the image lies in it, and in the output.
    #[inline(always)]
    fn rows(self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let Self { height, row, padded_row, before } = self;
        (0..height).map(move |number| {
            let (image, padded) = (number * row, before + number * padded_row);
            (image..image + row, padded..padded + row)
        })
    }

    /// Puts an image among zeros.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn place<E: Copy>(&self, image: &[E], padded: &mut [E], zero: E) {
        padded.fill(zero);
        for (from, to) in self.rows() {
            let (from, to) = (image.get(from).unwrap_or_default(), padded.get_mut(to).unwrap_or_default());
            for (&from, to) in from.iter().zip(to) {
                *to = from;
            }
        }
    }
}

impl<const IN: usize, const OUT: usize, T: Scalar> Layer<IN, OUT, T> for ZeroPadding {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, (): &(), input: &[[T; IN]], output: &mut [[T; OUT]], _: &mut [()]) {
        for (x, y) in input.iter().zip(output) {
            self.place(x, y, T::ZERO);
        }
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        _: &[[T; IN]],
        _: &[[T; OUT]],
        _: &[()],
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {
        let Some(sink) = input_gradient else { return };
        for (dy, dx) in output_gradient.iter().zip(sink.columns) {
            for (image, padded) in self.rows() {
                let (dx, dy) = (&mut dx[image], &dy[padded]);
                if sink.add {
                    for (dx, &dy) in dx.iter_mut().zip(dy) {
                        *dx += dy;
                    }
                } else {
                    dx.copy_from_slice(dy);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ZeroPadding;
    use crate::layer::check::{PREDICT, check_gradients, columns, forward};

    #[test]
    fn an_image_lies_among_zeros() {
        // 2 × 2 pixels of one channel: a row above, two columns to the left and one to the right.
        let layer = ZeroPadding::new([2, 2, 1], [[1, 0], [2, 1]]);
        let output = forward::<4, 15, _>(&layer, PREDICT, &(), &[[1.0, 2.0, 3.0, 4.0]]);
        assert_eq!(output, [[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 0.0, 0.0, 3.0, 4.0, 0.0]]);
        // Of two channels, without columns.
        let layer = ZeroPadding::new([1, 2, 2], [[0, 1], [0, 0]]);
        assert_eq!(forward::<4, 8, _>(&layer, PREDICT, &(), &[[1.0, 2.0, 3.0, 4.0]]), [[1.0, 2.0, 3.0, 4.0, 0.0, 0.0, 0.0, 0.0]]);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        check_gradients::<12, 56, _>(&ZeroPadding::new([2, 3, 2], [[1, 1], [1, 3]]), PREDICT, &(), &columns(3));
        check_gradients::<12, 12, _>(&ZeroPadding::new([2, 3, 2], [[0, 0], [0, 0]]), PREDICT, &(), &columns(2));
    }
}
