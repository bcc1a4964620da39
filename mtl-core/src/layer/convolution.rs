//! `Conv1D`, `Conv2D`: a dense layer on the patches of an image.

use core::marker::PhantomData;
use rand::Rng;

use super::{Context, DenseParameters, Layer};
use crate::activation::{Activation, Linear, apply, pull_back};
use crate::init::Initializer;
use crate::kernel::scalar::Scalar;
use crate::kernel::{self, GradientSink, InstructionSet, Window};

/// `y = f(W p + b)` for the patch `p` of `PATCH` values under a [`Window`] at each of its places, as Keras's `Conv1D` and `Conv2D`.
///
/// Images are `[height, width, channels]`, outputs `[rows of places, columns of places, FILTERS]`. It is a cross-correlation, as everywhere
/// in the field: the kernel is not mirrored. Its parameters are those of a dense layer from a patch to the filters; column
/// `(row · columns of the window + column) · channels + channel` of the kernel belongs to that value of a patch, so that in memory it is Keras's
/// `kernel` `[rows, columns, channels, filters]`.
///
/// `BIAS` is `FILTERS`, or 0 for a layer without a bias. The activation is applied in place, as in [`Dense`](super::Dense).
#[derive(Clone, Copy, Debug)]
pub struct Convolution<const PATCH: usize, const FILTERS: usize, const BIAS: usize, A = Linear> {
    window: Window,
    initializer: Initializer,
    activation: PhantomData<A>,
}

impl<const PATCH: usize, const FILTERS: usize, const BIAS: usize, A: Activation> Convolution<PATCH, FILTERS, BIAS, A> {
    /// A layer whose kernel starts as `initializer` says and whose bias starts at 0.
    ///
    /// # Panics
    ///
    /// Unless the window's patches have `PATCH` values. In a `const` that is an error when compiling.
    #[must_use]
    pub const fn new(window: Window, initializer: Initializer) -> Self {
        const { assert!(A::FROM_OUTPUT, "this activation needs its input: give it a step of its own") };
        const { assert!(BIAS == 0 || BIAS == FILTERS, "a bias has one value a filter") };
        assert!(window.patch() == PATCH, "a patch of another size than the kernel's");
        Self { window, initializer, activation: PhantomData }
    }
}

impl<const IN: usize, const OUT: usize, const PATCH: usize, const FILTERS: usize, const BIAS: usize, A: Activation, T: Scalar> Layer<IN, OUT, T>
    for Convolution<PATCH, FILTERS, BIAS, A>
{
    type Parameters = DenseParameters<PATCH, FILTERS, BIAS, T>;
    type Cache = ();

    const STACK_BYTES: usize = kernel::panel_values(PATCH, OUT / FILTERS) * size_of::<T>() + crate::stack::CONVOLUTION;

    /// As in Keras, the fans are those of a patch: its values, and its pixels times the filters.
    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, rng: &mut R) {
        self.initializer.fill(parameters.kernel.as_mut_slice(), PATCH, self.window.pixels_in_patch() * FILTERS, rng);
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; IN]], output: &mut [[T; OUT]], _: &mut [()]) {
        let (kernel, bias) = (&parameters.kernel.data.0, &parameters.bias.data.0[0]);
        kernel::convolution_forward::<S, T, IN, OUT, PATCH, FILTERS, BIAS>(&self.window, kernel, bias, input, output);
        apply::<S, T, A>(output.as_flattened_mut());
    }

    #[inline(always)]
    fn backward<S: InstructionSet>(
        &self,
        context: Context,
        parameters: &Self::Parameters,
        input: &[[T; IN]],
        output: &[[T; OUT]],
        _: &[()],
        output_gradient: &mut [[T; OUT]],
        input_gradient: Option<GradientSink<'_, T, IN>>,
        gradient: &mut Self::Parameters,
    ) {
        pull_back::<T, A>(output_gradient.as_flattened_mut(), output.as_flattened());
        let gradients = (!context.is_frozen()).then_some((&mut gradient.kernel.data.0, &mut gradient.bias.data.0[0]));
        kernel::convolution_backward::<S, T, IN, OUT, PATCH, FILTERS, BIAS>(
            &self.window,
            &parameters.kernel.data.0,
            input,
            output_gradient,
            input_gradient,
            gradients,
            !context.pass.fresh,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Convolution, Window};
    use crate::activation::{Linear, Relu, Tanh};
    use crate::flat::{Flat, zeroed};
    use crate::init::Initializer;
    use crate::layer::check::{PREDICT, assert_near, check_gradients, columns, forward, value};
    use crate::layer::{DenseParameters, Layer};
    use nalgebra::{SMatrix, SVector};
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    const INITIALIZER: Initializer = Initializer::GlorotUniform;

    fn parameters<const PATCH: usize, const FILTERS: usize, const BIAS: usize>() -> DenseParameters<PATCH, FILTERS, BIAS, f64> {
        DenseParameters { kernel: SMatrix::from_fn(|row, column| value(17 * row + column)), bias: SVector::from_fn(|row, _| value(row + 41)) }
    }

    #[test]
    fn values_are_those_of_the_formula() {
        // A window of 2 × 2 over 2 × 3 pixels of one channel: one filter that sums, one that takes the last pixel of the window.
        let layer = Convolution::<4, 2, 2>::new(Window::new([2, 3, 1], [2, 2], [1, 1], false), INITIALIZER);
        let parameters = DenseParameters { kernel: [[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [1.0, 1.0]].into(), bias: [0.5, 0.0].into() };
        let output = forward::<6, 4, _>(&layer, PREDICT, &parameters, &[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]);
        assert_eq!(output, [[12.5, 5.0, 16.5, 6.0]]);
        // Padded, the odd zeros are on the right and below.
        let layer = Convolution::<4, 2, 2>::new(Window::new([2, 3, 1], [2, 2], [1, 1], true), INITIALIZER);
        let output = forward::<6, 12, _>(&layer, PREDICT, &parameters, &[[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]]);
        assert_eq!(output, [[12.5, 5.0, 16.5, 6.0, 9.5, 0.0, 9.5, 0.0, 11.5, 0.0, 6.5, 0.0]]);
    }

    /// Every value of the output is the sum of its definition. `before` is the padding before the image, and `across` how many places a row has.
    fn check_values<const IN: usize, const OUT: usize, const PATCH: usize, const FILTERS: usize>(
        [height, width, channels]: [usize; 3],
        size: [usize; 2],
        stride: [usize; 2],
        before: Option<[usize; 2]>,
        across: usize,
    ) {
        let window = Window::new([height, width, channels], size, stride, before.is_some());
        let layer = Convolution::<PATCH, FILTERS, FILTERS, Linear>::new(window, INITIALIZER);
        let (parameters, input) = (parameters::<PATCH, FILTERS, FILTERS>(), columns::<IN>(5));
        let output = forward::<IN, OUT, _>(&layer, PREDICT, &parameters, &input);
        let before = before.unwrap_or([0, 0]);
        for (x, y) in input.iter().zip(&output) {
            for (at, &y) in y.iter().enumerate() {
                let (filter, place) = (at % FILTERS, at / FILTERS);
                let (top, left) = (place / across * stride[0], place % across * stride[1]);
                let mut sum = parameters.bias[filter];
                for (down, right) in (0..size[0]).flat_map(|down| (0..size[1]).map(move |right| (down, right))) {
                    let (Some(row), Some(column)) = ((top + down).checked_sub(before[0]), (left + right).checked_sub(before[1])) else { continue };
                    for channel in (0..channels).filter(|_| row < height && column < width) {
                        let weight = parameters.kernel[(filter, (down * size[1] + right) * channels + channel)];
                        sum += weight * x[(row * width + column) * channels + channel];
                    }
                }
                assert_near(y, sum, "a sum over a patch");
            }
        }
    }

    #[test]
    fn values_are_those_of_the_definition() {
        check_values::<60, 20, 18, 5>([4, 5, 3], [3, 2], [1, 2], None, 2);
        check_values::<60, 30, 27, 5>([4, 5, 3], [3, 3], [2, 2], Some([0, 1]), 3);
        check_values::<60, 40, 27, 2>([4, 5, 3], [3, 3], [1, 1], Some([1, 1]), 5);
        check_values::<24, 85, 12, 17>([1, 8, 3], [1, 4], [1, 1], None, 5);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let window = Window::new([3, 4, 2], [2, 3], [1, 1], false);
        check_gradients::<24, { 2 * 2 * 3 }, _>(&Convolution::<12, 3, 3, Tanh>::new(window, INITIALIZER), PREDICT, &parameters(), &columns(5));
        let window = Window::new([3, 4, 2], [3, 3], [2, 1], true);
        check_gradients::<24, { 2 * 4 * 3 }, _>(&Convolution::<18, 3, 0, Linear>::new(window, INITIALIZER), PREDICT, &parameters(), &columns(3));
        let window = Window::new([1, 7, 1], [1, 3], [1, 2], true);
        check_gradients::<7, 4, _>(&Convolution::<3, 1, 1, Relu>::new(window, INITIALIZER), PREDICT, &parameters(), &columns(2));
    }

    #[test]
    fn patches_of_every_size_go_through_their_panels() {
        // One of few values, one of many, and one that is larger than a panel holds of the fewest.
        let window = Window::new([2, 2, 90], [2, 2], [1, 1], true);
        check_gradients::<360, 8, _>(&Convolution::<360, 2, 2, Linear>::new(window, INITIALIZER), PREDICT, &parameters(), &columns(5));
        let window = Window::new([6, 6, 4], [3, 3], [1, 1], true);
        check_gradients::<144, 108, _>(&Convolution::<36, 3, 3, Linear>::new(window, INITIALIZER), PREDICT, &parameters(), &columns(4));
    }

    #[test]
    fn the_fans_are_those_of_keras() {
        // √(6 / (fan_in + fan_out)) with fans of 3 · 3 · 4 and 3 · 3 · 16.
        let layer = Convolution::<36, 16, 16>::new(Window::new([8, 8, 4], [3, 3], [1, 1], true), INITIALIZER);
        let mut parameters: DenseParameters<36, 16, 16, f64> = zeroed();
        Layer::<256, 1024, f64>::initialize(&layer, &mut parameters, &mut Xoshiro256PlusPlus::seed_from_u64(1));
        let (limit, largest) = ((6.0f64 / 180.0).sqrt(), parameters.as_slice().iter().fold(0.0, |a: f64, b| a.max(b.abs())));
        assert!(largest <= limit && largest > 0.98 * limit, "{largest} of {limit}");
        assert_eq!(parameters.bias, SVector::<f64, 16>::zeros());
    }
}
