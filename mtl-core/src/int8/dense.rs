//! `Dense` in eight bits.

use super::output::Output;
use super::part::part;
use crate::kernel;

part! {
    /// A `Dense` layer from bytes to bytes. The kernel's layout is that of [`kernel::int8`](crate::kernel::int8).
    Dense<IN, OUT> {
        /// `b / (s s_w) − z Σ w`: the zero point of the input is in it.
        bias: [i32; OUT] = I32 [OUT],
        /// `s s_w / s' · 2^shift`, for each unit.
        multiplier: [i32; OUT] = I32 [OUT],
        /// [`Output`].
        output: [u8; 4] = U8 [4],
        /// `w`, in groups of four inputs.
        kernel: [[i8; OUT]; IN] = I8 [IN, OUT],
    }
}

part! {
    /// A `Dense` layer from bytes to real numbers: the last one of a head.
    DenseToReals<IN, OUT> {
        /// As of [`Dense`].
        bias: [i32; OUT] = I32 [OUT],
        /// `s s_w`, for each unit.
        scale: [f32; OUT] = F32 [OUT],
        /// `w`, in groups of four inputs.
        kernel: [[i8; OUT]; IN] = I8 [IN, OUT],
    }
}

impl<const IN: usize, const OUT: usize> Dense<IN, OUT> {
    /// `y = z' + (W x + b) m`.
    #[inline(always)]
    pub fn forward(&self, x: &[u8; IN], y: &mut [u8; OUT]) {
        const { assert!(IN <= MOST_INPUTS, "a sum over so many inputs does not fit into 32 bits") };
        let (kernel, output) = (self.kernel.as_flattened(), Output::read(self.output));
        kernel::int8::Layer { kernel, bias: &self.bias, multiplier: &self.multiplier, output }.dense(x, y);
    }
}

impl<const IN: usize, const OUT: usize> DenseToReals<IN, OUT> {
    /// `y = (W x + b) s`.
    #[inline(always)]
    pub fn forward(&self, x: &[u8; IN], y: &mut [f32; OUT]) {
        const { assert!(IN <= MOST_INPUTS, "a sum over so many inputs does not fit into 32 bits") };
        kernel::int8::dense_to_reals(&self.kernel, &self.bias, &self.scale, x, y);
    }
}

/// How many products of a byte and a weight stay below `2^30` in sum; as much is left to the bias.
pub(super) const MOST_INPUTS: usize = (1 << 30) / (255 * 127);

#[cfg(feature = "std")]
pub(super) use set::{quantize, weights};

#[cfg(feature = "std")]
mod set {
    use std::vec::Vec;

    use nalgebra::SMatrix;

    use super::super::output::fixed_point;
    use super::super::range::Scale;
    use super::{Dense, DenseToReals};
    use crate::kernel::int8::position;
    use crate::layer::DenseParameters;

    impl<const IN: usize, const OUT: usize> Dense<IN, OUT> {
        /// Quantises a layer whose activation is none, or a bound: values from `to`'s zero point on if `is_rectified`.
        pub fn set<const BIAS: usize>(&mut self, float: &DenseParameters<IN, OUT, BIAS, f32>, is_rectified: bool, from: Scale, to: Scale) {
            self.output = quantize(float, is_rectified, from, to, &mut self.kernel, &mut self.bias, &mut self.multiplier);
        }
    }

    /// Quantises kernel and bias of a layer from bytes to bytes, and the multipliers of its sums; returns its [`Output`](super::Output).
    pub(in super::super) fn quantize<const IN: usize, const OUT: usize, const BIAS: usize>(
        float: &DenseParameters<IN, OUT, BIAS, f32>,
        is_rectified: bool,
        from: Scale,
        to: Scale,
        kernel: &mut [[i8; OUT]; IN],
        bias: &mut [i32; OUT],
        multiplier: &mut [i32; OUT],
    ) -> [u8; 4] {
        let steps = weights(&float.kernel, bias_of(float), from, kernel, bias);
        let factors: Vec<f64> = steps.iter().map(|step| from.step * step / to.step).collect();
        let shift = fixed_point(&factors, multiplier);
        [shift, to.zero_point, if is_rectified { to.zero_point } else { 0 }, 255]
    }

    impl<const IN: usize, const OUT: usize> DenseToReals<IN, OUT> {
        /// Quantises a layer; its activation comes after it.
        #[allow(clippy::cast_possible_truncation, reason = "the nearest `f32` is wanted")]
        pub fn set<const BIAS: usize>(&mut self, float: &DenseParameters<IN, OUT, BIAS, f32>, from: Scale) {
            let steps = weights(&float.kernel, bias_of(float), from, &mut self.kernel, &mut self.bias);
            for (scale, step) in self.scale.iter_mut().zip(steps) {
                *scale = (from.step * step) as f32;
            }
        }
    }

    /// The bias of each unit, 0 for a layer without one.
    fn bias_of<const IN: usize, const OUT: usize, const BIAS: usize>(float: &DenseParameters<IN, OUT, BIAS, f32>) -> impl Fn(usize) -> f64 {
        |unit| float.bias.get(unit).copied().map_or(0.0, f64::from)
    }

    /// Quantises kernel and bias; returns the step `s_w` of each unit.
    ///
    /// `s_w` takes the unit's largest weight to 127, or is as large as it must be for the bias to stay below `2^30`.
    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    pub(in super::super) fn weights<const IN: usize, const OUT: usize>(
        float: &SMatrix<f32, OUT, IN>,
        float_bias: impl Fn(usize) -> f64,
        from: Scale,
        kernel: &mut [[i8; OUT]; IN],
        bias: &mut [i32; OUT],
    ) -> Vec<f64> {
        let kernel = kernel.as_flattened_mut();
        (0..OUT)
            .map(|unit| {
                let shift = float_bias(unit);
                let largest = (0..IN).fold(0.0_f64, |largest, input| largest.max(f64::from(float[(unit, input)]).abs()));
                let step = (largest / 127.0).max(shift.abs() / (from.step * f64::from(1 << 30))).max(1e-30);
                let mut sum = 0;
                for input in 0..IN {
                    let weight = (f64::from(float[(unit, input)]) / step).round().clamp(-127.0, 127.0) as i8;
                    kernel[position(IN, OUT, input, unit)] = weight;
                    sum += i64::from(weight);
                }
                let whole = (shift / (from.step * step)).round() as i64 - i64::from(from.zero_point) * sum;
                bias[unit] = whole.clamp(i64::from(i32::MIN), i64::from(i32::MAX)) as i32;
                step
            })
            .collect()
    }
}
