//! What a prediction takes of the stack is counted whole; `tests/builds/embedded.rs` holds the figure to what programs take.

use mtl::int8::Int8Model;
use mtl::kernel::GradientSink;
use mtl::layer::{Context, Layer, Shape};
use mtl::prelude::*;
use mtl::{InstructionSet, Model, Scalar};

/// A layer of one's own that works with an array of its own, and says so.
#[derive(Clone, Copy)]
struct Reversed<const N: usize>;

impl<const N: usize> Reversed<N> {
    const fn new() -> Self {
        Self
    }
}

impl<const N: usize> Shape for Reversed<N> {
    const INPUT: usize = N;
    const OUTPUT: usize = N;
}

impl<const N: usize, T: Scalar> Layer<N, N, T> for Reversed<N> {
    type Parameters = ();
    type Cache = ();
    const STACK_BYTES: usize = size_of::<[T; N]>();

    fn initialize<R: mtl::rand::Rng + ?Sized>(&self, (): &mut (), _: &mut R) {}

    fn forward<S: InstructionSet>(&self, _: Context, (): &(), input: &[[T; N]], output: &mut [[T; N]], _: &mut [()]) {
        for (x, y) in input.iter().zip(output) {
            let mut copy = *x;
            copy.reverse();
            *y = copy;
        }
    }

    fn backward<S: InstructionSet>(
        &self,
        _: Context,
        (): &(),
        _: &[[T; N]],
        _: &[[T; N]],
        _: &[()],
        output_gradient: &mut [[T; N]],
        input_gradient: Option<GradientSink<'_, T, N>>,
        (): &mut (),
    ) {
        if let Some(mut sink) = input_gradient {
            sink.write(|column, row| output_gradient[column][N - 1 - row]);
        }
    }
}

multitask! {
    #[independent]
    struct Own {
        input x: [3];
        head y = x -> Dense(500) -> Reversed<500> -> Dense(1) { loss: mse }
        head z = x -> Dense(10) -> Reversed<10> -> Dense(1) { loss: mse }
        budget { stack: 12 KiB }
    }
}

multitask! {
    /// A convolution and a recurrent layer over windows, in both forms.
    #[int8]
    struct Windows {
        input window: [50, 6];
        shared body = window -> Normalize -> Conv1D(12, relu) -> Gru(24);
        head state = body -> Dense(4, softmax) { loss: categorical_cross_entropy }
        head level = body -> Dense(1) { loss: mse }
    }
}

/// What a model says beside row, values and outputs.
fn at_work<M: Model>() -> usize {
    M::STACK_BYTES - M::PREDICT_BYTES - size_of::<M::Inputs>() - size_of::<M::Outputs>()
}

#[test]
fn a_layer_of_ones_own_counts_as_much_as_it_says() {
    // The larger of the two: they are not at work at the same time.
    let most = Own::<f32>::LAYERS.iter().map(|layer| layer.stack).max();
    assert_eq!(most, Some(size_of::<[f32; 500]>()));
    assert!((size_of::<[f32; 500]>()..size_of::<[f32; 510]>() + 1024).contains(&at_work::<Own<f32>>()));
    // In `f64` arrays are twice as large.
    assert_eq!(at_work::<Own<f64>>() - at_work::<Own<f32>>(), size_of::<[f32; 500]>());
}

#[test]
fn the_panel_of_a_convolution_is_counted_and_fits_the_need() {
    // 48 patches of 18 values are 864, and the next size is 1024.
    let panel = size_of::<[f32; 1024]>();
    assert!((panel..panel + 1280).contains(&at_work::<Windows<f32>>()), "{}", at_work::<Windows<f32>>());
    let of_bytes = WindowsInt8::STACK_BYTES - WindowsInt8::PREDICT_BYTES;
    assert!(of_bytes > 512 + size_of::<WindowsInputs>(), "{of_bytes}");
    for (patch, places, values) in [
        (1, 1, 512),
        (9, 676, 1024),
        (18, 48, 1024),
        (8, 64, 512),
        (27, 120, 2048),
        (64, 64, 4096),
        (72, 900, 4096),
        (256, 9, 4096),
        (257, 900, 16 * 257),
    ] {
        assert_eq!(mtl::kernel::panel_values(patch, places), values, "{places} patches of {patch}");
    }
}
