//! Convolutions in eight bits.

use super::part::part;
use crate::kernel::int8::output::Output;
use crate::layer::Window;
use crate::{kernel, stack};

/// The bytes of a panel of small patches.
const SMALL_PANEL: usize = 512;

part! {
    /// A convolution from bytes to bytes: a [`Dense`](super::Dense) layer on the patches of an image, whose kernel has the same layout.
    Convolution<PATCH, FILTERS> {
        /// As of [`Dense`](super::Dense).
        bias: [i32; FILTERS] = I32 [FILTERS],
        /// As of [`Dense`](super::Dense).
        multiplier: [i32; FILTERS] = I32 [FILTERS],
        /// [`Output`].
        output: [u8; 4] = U8 [4],
        /// `w`, in groups of four values of a patch.
        kernel: [[i8; FILTERS]; PATCH] = I8 [PATCH, FILTERS],
        /// The byte that stands for 0: what is around the image.
        padding: [u8; 1] = U8 [1],
    }
}

impl<const PATCH: usize, const FILTERS: usize> Convolution<PATCH, FILTERS> {
    /// What it works with on the stack: the panel, and frames.
    pub const STACK_BYTES: usize = stack::CONVOLUTION_INT8 + if PATCH <= SMALL_PANEL / 4 { SMALL_PANEL } else { 4 * PATCH };

    /// `y = z' + (W p + b) m` for the patch `p` at each place of the window.
    #[cfg_attr(feature = "std", inline(always))]
    #[cfg_attr(not(feature = "std"), inline(never))]
    pub fn forward<const IN: usize, const OUT: usize>(&self, window: &Window, x: &[u8; IN], y: &mut [u8; OUT]) {
        const { assert!(PATCH <= super::dense::MOST_INPUTS, "a sum over so many inputs does not fit into 32 bits") };
        let layer = kernel::int8::Layer {
            kernel: self.kernel.as_flattened(),
            bias: &self.bias,
            multiplier: &self.multiplier,
            output: Output::read(self.output),
        };
        // Some patches at a time; of large ones fewer, as a microcontroller has little stack.
        if PATCH <= SMALL_PANEL / 4 {
            layer.convolve(window, self.padding[0], x, &mut [0; SMALL_PANEL], y);
        } else {
            layer.convolve(window, self.padding[0], x, [[0; PATCH]; 4].as_flattened_mut(), y);
        }
    }
}

#[cfg(feature = "std")]
mod set {
    use std::vec;

    use super::super::dense::{Bound, quantize};
    use super::super::range::Range;
    use super::super::scale::Scales;
    use super::Convolution;
    use crate::kernel::{self, Portable};
    use crate::layer::{DenseParameters, Window};

    impl<const PATCH: usize, const FILTERS: usize> Convolution<PATCH, FILTERS> {
        /// Quantises a layer whose activation is none, or a bound. Where there is padding, all channels must have the same byte for 0.
        pub fn set<const BIAS: usize>(&mut self, float: &DenseParameters<PATCH, FILTERS, BIAS, f32>, bound: Bound, from: &Scales, to: &Scales) {
            self.output = quantize(float, bound, (from, None), to, &mut self.kernel, &mut self.bias, &mut self.multiplier);
            self.padding = [from.zero_byte().unwrap_or(0)];
        }
    }

    impl Range {
        /// Widens the range to what a convolution from `IN` to `OUT` values gives before its activation.
        pub fn observe_convolution<const IN: usize, const OUT: usize, const PATCH: usize, const FILTERS: usize, const BIAS: usize>(
            &mut self,
            window: &Window,
            parameters: &DenseParameters<PATCH, FILTERS, BIAS, f32>,
            input: &[[f32; IN]],
        ) {
            let mut y = vec![[0.0; OUT]; 1];
            for x in input.chunks(1) {
                let (kernel, bias) = (&parameters.kernel.data.0, &parameters.bias.data.0[0]);
                kernel::convolution_forward::<Portable, f32, IN, OUT, PATCH, FILTERS, BIAS>(window, kernel, bias, x, &mut y);
                self.observe(y.as_flattened());
            }
        }
    }
}
