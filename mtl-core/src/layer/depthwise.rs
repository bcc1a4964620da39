//! `DepthwiseConv2D`: a convolution of every channel by itself.

use core::marker::PhantomData;
use rand::Rng;

use super::{Context, DenseParameters, Layer};
use crate::activation::{Activation, Linear, apply, pull_back};
use crate::init::Initializer;
use crate::kernel::scalar::Scalar;
use crate::kernel::{self, GradientSink, InstructionSet, Window};

/// `y[p, c M + m] = f(Σ x[p + t, c] · k[t, c, m] + b[c M + m])` over the `PIXELS` pixels `t` under a [`Window`] at each of its places `p`, as Keras's
/// `DepthwiseConv2D` with a `depth_multiplier` of `M`, which is `FILTERS / CHANNELS`.
///
/// Images are `[height, width, CHANNELS]`, outputs `[rows of places, columns of places, FILTERS]`. Its parameters are those of a dense layer from the pixels
/// of the window to the filters, in memory Keras's `kernel` `[rows, columns, channels, depth_multiplier]`. `∂k[t, c, m] = Σ x[p + t, c] ∂a[p, c M + m]`,
/// `∂x[q, c] = Σ k[t, c, m] ∂a[q − t, c M + m]`, with `∂a = ∂y f'`.
///
/// `BIAS` is `FILTERS`, or 0 for a layer without a bias. The activation is applied in place, as in [`Dense`](super::Dense).
#[derive(Clone, Copy, Debug)]
pub struct Depthwise<const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize, const BIAS: usize, A = Linear> {
    window: Window,
    initializer: Initializer,
    activation: PhantomData<A>,
}

impl<const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize, const BIAS: usize, A: Activation>
    Depthwise<CHANNELS, PIXELS, FILTERS, BIAS, A>
{
    /// A layer whose kernel starts as `initializer` says and whose bias starts at 0.
    ///
    /// # Panics
    ///
    /// Unless the window has `CHANNELS` and `PIXELS`. In a `const` that is an error when compiling.
    #[must_use]
    pub const fn new(window: Window, initializer: Initializer) -> Self {
        const { assert!(A::FROM_OUTPUT, "this activation needs its input: give it a step of its own") };
        const { assert!(BIAS == 0 || BIAS == FILTERS, "a bias has one value a filter") };
        assert!(window.channels() == CHANNELS && window.pixels_in_patch() == PIXELS, "a window of another size than the kernel's");
        Self { window, initializer, activation: PhantomData }
    }
}

impl<const IN: usize, const OUT: usize, const CHANNELS: usize, const PIXELS: usize, const FILTERS: usize, const BIAS: usize, A: Activation, T: Scalar>
    Layer<IN, OUT, T> for Depthwise<CHANNELS, PIXELS, FILTERS, BIAS, A>
{
    type Parameters = DenseParameters<PIXELS, FILTERS, BIAS, T>;
    type Cache = ();

    const STACK_BYTES: usize = crate::stack::DEPTHWISE;

    /// As in Keras, which reads the shape of the kernel as that of any convolution: the fans are the values of a patch, and its pixels times the
    /// filters of a channel.
    fn initialize<R: Rng + ?Sized>(&self, parameters: &mut Self::Parameters, rng: &mut R) {
        self.initializer.fill(parameters.kernel.as_mut_slice(), self.window.patch(), PIXELS * (FILTERS / CHANNELS), rng);
    }

    #[inline(always)]
    fn forward<S: InstructionSet>(&self, _: Context, parameters: &Self::Parameters, input: &[[T; IN]], output: &mut [[T; OUT]], _: &mut [()]) {
        let (kernel, bias) = (&parameters.kernel.data.0, &parameters.bias.data.0[0]);
        kernel::depthwise_forward::<S, T, IN, OUT, CHANNELS, PIXELS, FILTERS, BIAS>(&self.window, kernel, bias, input, output);
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
        kernel::depthwise_backward::<S, T, IN, OUT, CHANNELS, PIXELS, FILTERS, BIAS>(
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
    use super::{Depthwise, Window};
    use crate::activation::{Linear, Tanh};
    use crate::flat::{Flat, zeroed};
    use crate::init::Initializer;
    use crate::layer::check::{PREDICT, check_gradients, columns, forward, value};
    use crate::layer::{DenseParameters, Layer};
    use nalgebra::{SMatrix, SVector};
    use rand::{SeedableRng, rngs::Xoshiro256PlusPlus};

    const INITIALIZER: Initializer = Initializer::GlorotUniform;

    fn parameters<const PIXELS: usize, const FILTERS: usize, const BIAS: usize>() -> DenseParameters<PIXELS, FILTERS, BIAS, f64> {
        DenseParameters { kernel: SMatrix::from_fn(|row, column| value(17 * row + column)), bias: SVector::from_fn(|row, _| value(row + 41)) }
    }

    #[test]
    fn every_channel_has_kernels_of_its_own() {
        // A window of one row and two columns on 1 × 3 pixels of two channels, with two filters a channel.
        let layer = Depthwise::<2, 2, 4, 4>::new(Window::new([1, 3, 2], [1, 2], [1, 1], false), INITIALIZER);
        let kernel = SMatrix::<f64, 4, 2>::from_columns(&[[1.0, 2.0, 3.0, 0.0].into(), [0.0, 1.0, -1.0, 1.0].into()]);
        let parameters = DenseParameters { kernel, bias: [0.5, 0.0, 0.0, 0.0].into() };
        let output = forward::<6, 8, _>(&layer, PREDICT, &parameters, &[[1.0, 10.0, 2.0, 20.0, 3.0, 30.0]]);
        assert_eq!(output, [[1.5, 4.0, 10.0, 20.0, 2.5, 7.0, 30.0, 30.0]]);
    }

    #[test]
    fn gradient_is_that_of_finite_differences() {
        let window = Window::new([3, 4, 2], [2, 3], [1, 1], false);
        check_gradients::<24, 8, _>(&Depthwise::<2, 6, 2, 2, Tanh>::new(window, INITIALIZER), PREDICT, &parameters(), &columns(5));
        let window = Window::new([3, 4, 2], [3, 3], [2, 1], true);
        check_gradients::<24, 48, _>(&Depthwise::<2, 9, 6, 0, Linear>::new(window, INITIALIZER), PREDICT, &parameters(), &columns(3));
    }

    #[test]
    fn the_fans_are_those_of_keras() {
        // √(6 / (fan_in + fan_out)) with fans of 3 · 3 · 16 and 3 · 3 · 1.
        let layer = Depthwise::<16, 9, 16, 16>::new(Window::new([8, 8, 16], [3, 3], [1, 1], true), INITIALIZER);
        let mut parameters: DenseParameters<9, 16, 16, f64> = zeroed();
        Layer::<1024, 1024, f64>::initialize(&layer, &mut parameters, &mut Xoshiro256PlusPlus::seed_from_u64(1));
        let (limit, largest) = ((6.0f64 / 153.0).sqrt(), parameters.as_slice().iter().fold(0.0, |a: f64, b| a.max(b.abs())));
        assert!(largest <= limit && largest > 0.95 * limit, "{largest} of {limit}");
        assert_eq!(parameters.bias, SVector::<f64, 16>::zeros());
    }
}
