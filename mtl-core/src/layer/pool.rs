//! `MaxPool1D`, `MaxPool2D`, `AveragePool1D`, `AveragePool2D`, `GlobalAveragePool`: one value for every channel of what a window covers.

use rand::Rng;

use super::{Context, Layer, pixels, pixels_mut};
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet, Window};

/// The largest value of each of the `CHANNELS` under a [`Window`] at each of its places, as Keras's `MaxPooling2D`; padding counts for nothing.
///
/// NaN where any value is. The gradient goes to the largest value, and to the first of equal ones, row by row.
#[derive(Clone, Copy, Debug)]
pub struct MaxPool<const CHANNELS: usize> {
    window: Window,
}

/// The mean of each of the `CHANNELS` under a [`Window`] at each of its places, as Keras's `AveragePooling2D`: over the pixels that lie in the image.
///
/// With a window as large as the image it is `GlobalAveragePooling2D`.
#[derive(Clone, Copy, Debug)]
pub struct AveragePool<const CHANNELS: usize> {
    window: Window,
}

impl<const CHANNELS: usize> MaxPool<CHANNELS> {
    /// The layer.
    #[must_use]
    pub const fn new(window: Window) -> Self {
        Self { window }
    }

    /// The forward pass.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn images<T: Scalar, const IN: usize, const OUT: usize>(&self, input: &[[T; IN]], output: &mut [[T; OUT]]) {
        for (x, y) in input.chunks(1).zip(output.chunks_mut(1)) {
            let x = pixels::<T, IN, CHANNELS>(x);
            for (place, y) in pixels_mut::<T, OUT, CHANNELS>(y).iter_mut().enumerate() {
                // Copies of whole pixels stay in registers; through references the compiler would go channel by channel.
                // In place: a copy on the stack would be one of all channels.
                y.fill(T::from_f64(f64::NEG_INFINITY));
                for piece in self.window.pieces(place) {
                    for x in x.get(piece.pixels()).unwrap_or_default() {
                        for channel in 0..CHANNELS {
                            y[channel] = larger(y[channel], x[channel]);
                        }
                    }
                }
            }
        }
    }
}

impl<const CHANNELS: usize> AveragePool<CHANNELS> {
    /// The layer.
    #[must_use]
    pub const fn new(window: Window) -> Self {
        Self { window }
    }

    /// The forward pass.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    fn images<T: Scalar, const IN: usize, const OUT: usize>(&self, input: &[[T; IN]], output: &mut [[T; OUT]]) {
        for (x, y) in input.chunks(1).zip(output.chunks_mut(1)) {
            let x = pixels::<T, IN, CHANNELS>(x);
            for (place, y) in pixels_mut::<T, OUT, CHANNELS>(y).iter_mut().enumerate() {
                let share: T = self.share(place);
                // In place: sums on the stack would be those of all channels.
                y.fill(T::ZERO);
                for piece in self.window.pieces(place) {
                    for x in x.get(piece.pixels()).unwrap_or_default() {
                        for channel in 0..CHANNELS {
                            y[channel] += x[channel];
                        }
                    }
                }
                for y in y {
                    *y *= share;
                }
            }
        }
    }

    /// One over the number of pixels under the window at a place.
    #[inline(always)]
    fn share<T: Scalar>(&self, place: usize) -> T {
        T::from_f64(1.0 / self.window.pieces(place).pixel_count() as f64)
    }
}

/// The larger, or NaN if either is. Without a branch, as nobody could guess it.
#[inline(always)]
#[allow(clippy::eq_op, reason = "NaN alone is not itself")]
fn larger<T: Scalar>(a: T, b: T) -> T {
    if (b <= a) | (a != a) { a } else { b }
}

impl<const IN: usize, const OUT: usize, const CHANNELS: usize, T: Scalar> Layer<IN, OUT, T> for MaxPool<CHANNELS> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, (): &(), input: &[[T; IN]], output: &mut [[T; OUT]], _: &mut [()]) {
        self.images(input, output);
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        input: &[[T; IN]],
        output: &[[T; OUT]],
        _: &[()],
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<GradientSink<'_, T, IN>>,
        (): &mut (),
    ) {
        let Some(sink) = input_gradient else { return };
        for (((x, y), dy), dx) in input.chunks(1).zip(output.chunks(1)).zip(output_gradient.chunks(1)).zip(sink.columns.chunks_mut(1)) {
            let (x, y) = (pixels::<T, IN, CHANNELS>(x), pixels::<T, OUT, CHANNELS>(y));
            let (dy, dx) = (pixels::<T, OUT, CHANNELS>(dy), pixels_mut::<T, IN, CHANNELS>(dx));
            if !sink.add {
                dx.fill([T::ZERO; CHANNELS]);
            }
            for (place, (&y, &dy)) in y.iter().zip(dy).enumerate() {
                // The first of equal values takes what there is of the gradient, and leaves 0 to the others.
                let mut left = dy;
                for piece in self.window.pieces(place) {
                    for (&x, dx) in x[piece.pixels()].iter().zip(&mut dx[piece.pixels()]) {
                        let mut sum = *dx;
                        for channel in 0..CHANNELS {
                            let taken = if x[channel] == y[channel] { left[channel] } else { T::ZERO };
                            sum[channel] += taken;
                            left[channel] -= taken;
                        }
                        *dx = sum;
                    }
                }
            }
        }
    }
}

impl<const IN: usize, const OUT: usize, const CHANNELS: usize, T: Scalar> Layer<IN, OUT, T> for AveragePool<CHANNELS> {
    type Parameters = ();
    type Cache = ();

    fn initialize<R: Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, (): &(), input: &[[T; IN]], output: &mut [[T; OUT]], _: &mut [()]) {
        self.images(input, output);
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
        for (dy, dx) in output_gradient.chunks(1).zip(sink.columns.chunks_mut(1)) {
            let (dy, dx) = (pixels::<T, OUT, CHANNELS>(dy), pixels_mut::<T, IN, CHANNELS>(dx));
            if !sink.add {
                dx.fill([T::ZERO; CHANNELS]);
            }
            for (place, &dy) in dy.iter().enumerate() {
                let share: T = self.share(place);
                for piece in self.window.pieces(place) {
                    for dx in &mut dx[piece.pixels()] {
                        let mut sum = *dx;
                        for channel in 0..CHANNELS {
                            sum[channel] = S::mul_add(dy[channel], share, sum[channel]);
                        }
                        *dx = sum;
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{AveragePool, MaxPool};
    use crate::kernel::{GradientSink, Portable, Window};
    use crate::layer::Layer;
    use crate::layer::check::{PREDICT, assert_near, check_gradients, columns, forward};

    /// 2 × 3 pixels of two channels, the second the negative of the first.
    const IMAGE: [f64; 12] = [1.0, -1.0, 5.0, -5.0, 3.0, -3.0, 4.0, -4.0, 2.0, -2.0, 6.0, -6.0];

    #[test]
    fn values_are_those_of_the_definition() {
        let valid = Window::new([2, 3, 2], [2, 2], [1, 1], false);
        assert_eq!(forward::<12, 4, _>(&MaxPool::<2>::new(valid), PREDICT, &(), &[IMAGE]), [[5.0, -1.0, 6.0, -2.0]]);
        assert_eq!(forward::<12, 4, _>(&AveragePool::<2>::new(valid), PREDICT, &(), &[IMAGE]), [[3.0, -3.0, 4.0, -4.0]]);
        // Padding on the right: the last window has only what lies in the image, and no zero is among it.
        let same = Window::new([2, 3, 2], [2, 2], [2, 2], true);
        assert_eq!(forward::<12, 4, _>(&MaxPool::<2>::new(same), PREDICT, &(), &[IMAGE]), [[5.0, -1.0, 6.0, -3.0]]);
        assert_eq!(forward::<12, 4, _>(&AveragePool::<2>::new(same), PREDICT, &(), &[IMAGE]), [[3.0, -3.0, 4.5, -4.5]]);
        // The whole image.
        let whole = Window::new([2, 3, 2], [2, 3], [1, 1], false);
        let mean = forward::<12, 2, _>(&AveragePool::<2>::new(whole), PREDICT, &(), &[IMAGE]);
        assert_near(mean[0][0], 3.5, "mean");
        assert_near(mean[0][1], -3.5, "mean");
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        for padded in [false, true] {
            let window = Window::new([4, 6, 3], [2, 2], [2, 2], padded);
            check_gradients::<72, 18, _>(&MaxPool::<3>::new(window), PREDICT, &(), &columns(3));
            check_gradients::<72, 18, _>(&AveragePool::<3>::new(window), PREDICT, &(), &columns(3));
        }
        // Windows that lie over each other.
        let window = Window::new([3, 5, 2], [2, 3], [1, 1], true);
        check_gradients::<30, 30, _>(&MaxPool::<2>::new(window), PREDICT, &(), &columns(2));
        check_gradients::<30, 30, _>(&AveragePool::<2>::new(window), PREDICT, &(), &columns(2));
        let window = Window::new([1, 7, 1], [1, 3], [1, 2], false);
        check_gradients::<7, 3, _>(&MaxPool::<1>::new(window), PREDICT, &(), &columns(2));
        check_gradients::<7, 3, _>(&AveragePool::<1>::new(window), PREDICT, &(), &columns(2));
    }

    #[test]
    fn the_first_of_equal_values_gets_the_gradient() {
        let layer = MaxPool::<1>::new(Window::new([2, 2, 1], [2, 2], [2, 2], false));
        let (input, mut gradient) = ([[1.0, 7.0, 7.0, 7.0]], [[f64::NAN; 4]]);
        let output = forward::<4, 1, _>(&layer, PREDICT, &(), &input);
        let sink = GradientSink { columns: &mut gradient, add: false };
        layer.backward::<Portable>(PREDICT, &(), &input, &output, &[()], &mut [[3.0]], Some(sink), &mut ());
        assert_eq!(gradient, [[0.0, 3.0, 0.0, 0.0]]);
    }

    #[test]
    fn a_maximum_hides_no_nan() {
        let layer = MaxPool::<1>::new(Window::new([2, 2, 1], [2, 2], [2, 2], false));
        for at in 0..4 {
            let mut input = [[1.0, 2.0, 3.0, 4.0]];
            input[0][at] = f64::NAN;
            assert!(forward::<4, 1, _>(&layer, PREDICT, &(), &input)[0][0].is_nan());
        }
    }
}
