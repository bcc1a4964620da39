//! Depthwise convolutions in eight bits.

use super::part::part;
use crate::kernel::int8::output::Output;
use crate::layer::Window;
use crate::stack;

part! {
    /// A depthwise convolution from bytes to bytes: `FILTERS` sums over the `PIXELS` of a window, each of one channel.
    Depthwise<PIXELS, FILTERS> {
        /// `b / (s s_w) − (z − p) Σ w`, with the byte `p` that is around the image.
        bias: [i32; FILTERS] = I32 [FILTERS],
        /// `s s_w / s' · 2^shift`, for each filter.
        multiplier: [i32; FILTERS] = I32 [FILTERS],
        /// [`Output`].
        output: [u8; 4] = U8 [4],
        /// `w`.
        kernel: [[i8; FILTERS]; PIXELS] = I8 [PIXELS, FILTERS],
        /// `p`: the byte that stands for 0.
        padding: [u8; 1] = U8 [1],
    }
}

impl<const PIXELS: usize, const FILTERS: usize> Depthwise<PIXELS, FILTERS> {
    /// What it works with on the stack: the sums, and frames.
    pub const STACK_BYTES: usize = stack::DEPTHWISE + size_of::<[i32; FILTERS]>();

    /// `y = z' + (Σ w (x − p) + b) m`, over the pixels under the window that lie in the image.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<const CHANNELS: usize, const IN: usize, const OUT: usize>(&self, window: &Window, x: &[u8; IN], y: &mut [u8; OUT]) {
        const { assert!(PIXELS <= super::dense::MOST_INPUTS, "a sum over so many pixels does not fit into 32 bits") };
        let (x, output, padding) = (x.as_chunks::<CHANNELS>().0, Output::read(self.output), i32::from(self.padding[0]));
        for (place, y) in y.as_chunks_mut::<FILTERS>().0.iter_mut().enumerate() {
            let mut sums = self.bias;
            for piece in window.pieces(place) {
                let pixels = x.get(piece.pixels()).unwrap_or_default();
                for (pixel, weights) in pixels.iter().zip(self.kernel.get(piece.patch..).unwrap_or_default()) {
                    for filter in 0..FILTERS {
                        let difference = i32::from(pixel[filter / const { FILTERS / CHANNELS }]) - padding;
                        sums[filter] = sums[filter].wrapping_add(difference * i32::from(weights[filter]));
                    }
                }
            }
            for filter in 0..FILTERS {
                y[filter] = output.of(sums[filter], self.multiplier[filter]);
            }
        }
    }
}

#[cfg(feature = "std")]
mod set {
    use std::vec;
    use std::vec::Vec;

    use super::super::dense::{Bound, output, weights};
    use super::super::range::Range;
    use super::super::scale::Scales;
    use super::Depthwise;
    use crate::kernel::{self, Portable, int8::position};
    use crate::layer::{DenseParameters, Window};

    impl<const PIXELS: usize, const FILTERS: usize> Depthwise<PIXELS, FILTERS> {
        /// Quantises a layer on so many channels whose activation is none, or a bound. Where there is padding, all channels must have the same byte for 0.
        pub fn set<const BIAS: usize>(
            &mut self,
            float: &DenseParameters<PIXELS, FILTERS, BIAS, f32>,
            channels: usize,
            bound: Bound,
            from: &Scales,
            to: &Scales,
        ) {
            self.padding = [from.zero_byte().unwrap_or(0)];
            let has_one_zero = to.zero_byte().is_some();
            let steps: Vec<f64> = (0..FILTERS)
                .map(|filter| {
                    // A unit of its own, which sees one channel.
                    let moved = if has_one_zero { 0.0 } else { to.at(filter).step * to.at(filter).zero_point };
                    let of_float = float.bias.get(filter).copied().map_or(0.0, f64::from) + moved;
                    let unit = nalgebra::SMatrix::<f32, 1, PIXELS>::from(float.kernel.row(filter));
                    let channel = Scales::from(from.at(filter / (FILTERS / channels)));
                    let (mut kernel, mut bias) = ([[0_i8; 1]; PIXELS], [0]);
                    let step = weights(&unit, |_| of_float, (&channel, None), &mut kernel, &mut bias);
                    let mut sum = 0;
                    for (pixel, weights) in self.kernel.iter_mut().enumerate() {
                        weights[filter] = kernel.as_flattened()[position(PIXELS, 1, pixel, 0)];
                        sum += i32::from(weights[filter]);
                    }
                    self.bias[filter] = bias[0] + i32::from(self.padding[0]) * sum;
                    step[0]
                })
                .collect();
            self.output = output(&steps, bound, to, &mut self.multiplier);
        }
    }

    impl Range {
        /// Widens the range to what a depthwise convolution from `IN` to `OUT` values gives before its activation.
        pub fn observe_depthwise<
            const IN: usize,
            const OUT: usize,
            const CHANNELS: usize,
            const PIXELS: usize,
            const FILTERS: usize,
            const BIAS: usize,
        >(
            &mut self,
            window: &Window,
            parameters: &DenseParameters<PIXELS, FILTERS, BIAS, f32>,
            input: &[[f32; IN]],
        ) {
            let mut y = vec![[0.0; OUT]; 1];
            for x in input.chunks(1) {
                let (kernel, bias) = (&parameters.kernel.data.0, &parameters.bias.data.0[0]);
                kernel::depthwise_forward::<Portable, f32, IN, OUT, CHANNELS, PIXELS, FILTERS, BIAS>(window, kernel, bias, x, &mut y);
                self.observe(y.as_flattened());
            }
        }
    }
}
