//! `Dense` in eight bits.

use super::part::part;
use crate::kernel;
use crate::kernel::int8::output::{LOW_BYTES, Output};

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

    /// Whether it gives low bytes.
    #[inline(always)]
    #[must_use]
    pub const fn gives_low(&self) -> bool {
        self.output[0] & LOW_BYTES != 0
    }

    /// The same with the low bytes of `x`, where there are any, and those of `y`, if it [gives](Self::gives_low) them and there is a place.
    #[inline(always)]
    pub fn forward_low(&self, x: &[u8; IN], x_low: Option<&[u8; IN]>, y: &mut [u8; OUT], y_low: Option<&mut [u8; OUT]>) {
        const { assert!(IN <= MOST_INPUTS, "a sum over so many inputs does not fit into 32 bits") };
        let (kernel, output) = (self.kernel.as_flattened(), Output::read(self.output));
        let (x_low, y_low) = (x_low.map(|low| &low[..]), y_low.filter(|_| self.gives_low()).map(|low| &mut low[..]));
        kernel::int8::Layer { kernel, bias: &self.bias, multiplier: &self.multiplier, output }.dense_low(x, x_low, y, y_low);
    }
}

impl<const IN: usize, const OUT: usize> DenseToReals<IN, OUT> {
    /// `y = (W x + b) s`.
    #[inline(always)]
    pub fn forward(&self, x: &[u8; IN], y: &mut [f32; OUT]) {
        self.forward_low(x, None, y);
    }

    /// The same with the low bytes of `x`, where there are any.
    #[inline(always)]
    pub fn forward_low(&self, x: &[u8; IN], x_low: Option<&[u8; IN]>, y: &mut [f32; OUT]) {
        const { assert!(IN <= MOST_INPUTS, "a sum over so many inputs does not fit into 32 bits") };
        kernel::int8::dense_to_reals(&self.kernel, &self.bias, &self.scale, x, x_low, y);
    }
}

/// How many products of a byte and a weight stay below `2^30` in sum; as much is left to the bias.
pub(super) const MOST_INPUTS: usize = (1 << 30) / (255 * 127);

#[cfg(feature = "std")]
pub use set::Bound;
#[cfg(feature = "std")]
pub(super) use set::{output, quantize, weights};

#[cfg(feature = "std")]
mod set {
    use std::vec::Vec;

    use nalgebra::SMatrix;

    use super::super::moments::Fit;
    use super::super::scale::Scales;
    use super::{Dense, DenseToReals};
    use crate::kernel::int8::output::fixed_point;
    use crate::kernel::int8::position;
    use crate::layer::DenseParameters;

    /// What an activation makes of a sum, where that is a bound of the bytes.
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub enum Bound {
        /// Nothing.
        None,
        /// It is 0 at least.
        Below,
        /// It is 0 at least, and so much at most.
        Both(f64),
    }

    impl<const IN: usize, const OUT: usize> Dense<IN, OUT> {
        /// Quantises a layer whose activation is none, or a bound.
        pub fn set<const BIAS: usize>(
            &mut self,
            float: &DenseParameters<IN, OUT, BIAS, f32>,
            bound: Bound,
            from: &Scales,
            to: &Scales,
            fit: Option<&Fit>,
        ) {
            self.output = quantize(float, bound, (from, fit), to, &mut self.kernel, &mut self.bias, &mut self.multiplier);
        }
    }

    /// Quantises kernel and bias of a layer from bytes to bytes, and the multipliers of its sums; returns its [`Output`](super::Output).
    ///
    /// A zero point that all units have is that of the output; where they differ, they are part of the bias. A bound needs the former.
    pub(in super::super) fn quantize<const IN: usize, const OUT: usize, const BIAS: usize>(
        float: &DenseParameters<IN, OUT, BIAS, f32>,
        bound: Bound,
        from: (&Scales, Option<&Fit>),
        to: &Scales,
        kernel: &mut [[i8; OUT]; IN],
        bias: &mut [i32; OUT],
        multiplier: &mut [i32; OUT],
    ) -> [u8; 4] {
        let (of_float, zero_byte) = (bias_of(float), to.zero_byte());
        debug_assert!(bound == Bound::None || zero_byte.is_some(), "a bound of bytes with zero points of their own");
        let moved = |unit: usize| of_float(unit) + if zero_byte.is_some() { 0.0 } else { to.at(unit).step * to.at(unit).zero_point };
        let steps = weights(&float.kernel, moved, from, kernel, bias);
        output(&steps, bound, to, multiplier)
    }

    /// The multipliers of sums of which a unit stands for `steps`, and their [`Output`](super::Output).
    pub(in super::super) fn output(steps: &[f64], bound: Bound, to: &Scales, multiplier: &mut [i32]) -> [u8; 4] {
        let factors: Vec<f64> = steps.iter().enumerate().map(|(unit, step)| step / to.at(unit).step).collect();
        let (shift, zero_byte) = (fixed_point(&factors, multiplier), to.zero_byte().unwrap_or(0));
        let shift = if to.has_low() { shift | super::LOW_BYTES } else { shift };
        match bound {
            Bound::None => [shift, zero_byte, 0, 255],
            Bound::Below => [shift, zero_byte, zero_byte, 255],
            Bound::Both(most) => [shift, zero_byte, zero_byte, to.common().byte(most)],
        }
    }

    impl<const IN: usize, const OUT: usize> DenseToReals<IN, OUT> {
        /// Quantises a layer; its activation comes after it.
        #[allow(clippy::cast_possible_truncation, reason = "the nearest `f32` is wanted")]
        pub fn set<const BIAS: usize>(&mut self, float: &DenseParameters<IN, OUT, BIAS, f32>, from: &Scales, fit: Option<&Fit>) {
            let steps = weights(&float.kernel, bias_of(float), (from, fit), &mut self.kernel, &mut self.bias);
            for (scale, step) in self.scale.iter_mut().zip(steps) {
                *scale = step as f32;
            }
        }
    }

    /// The bias of each unit, 0 for a layer without one.
    fn bias_of<const IN: usize, const OUT: usize, const BIAS: usize>(float: &DenseParameters<IN, OUT, BIAS, f32>) -> impl Fn(usize) -> f64 {
        |unit| float.bias.get(unit).copied().map_or(0.0, f64::from)
    }

    /// Quantises kernel and bias; returns for each unit what a sum of 1 stands for, `s_w`.
    ///
    /// The steps `s` of the inputs are taken into the weights, `w s`, so that each channel has a step of its own. `s_w` takes the unit's largest weight
    /// to 127, or is as large as it must be for the bias to stay below `2^30`. What rounding a weight adds is made up for in the bias at the
    /// mean byte of its channel (the bias correction of Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction").
    /// A [`Fit`] gives the weights of units that would be lost in the noise of rounding.
    #[allow(clippy::cast_possible_truncation, reason = "clamped")]
    pub(in super::super) fn weights<const IN: usize, const OUT: usize>(
        float: &SMatrix<f32, OUT, IN>,
        float_bias: impl Fn(usize) -> f64,
        (from, fit): (&Scales, Option<&Fit>),
        kernel: &mut [[i8; OUT]; IN],
        bias: &mut [i32; OUT],
    ) -> Vec<f64> {
        let kernel = kernel.as_flattened_mut();
        (0..OUT)
            .map(|unit| {
                let exact: Vec<f64> = (0..IN).map(|input| f64::from(float[(unit, input)]) * from.at(input).step).collect();
                let weights: Vec<f64> = exact.iter().enumerate().map(|(input, &weight)| if from.at(input).varies { weight } else { 0.0 }).collect();
                let fitted = fit.and_then(|fit| fit.unit(&weights).map(|(whole, step)| (fit, whole, step)));
                // In bytes, and in the model in `f32`.
                let means = |input: usize| fitted.as_ref().map_or_else(|| (from.at(input).mean, from.at(input).mean), |(fit, ..)| fit.means(input));
                // What the layer gives where every input is its mean.
                let at_mean = float_bias(unit)
                    + exact.iter().enumerate().map(|(input, weight)| weight * (means(input).1 - from.at(input).zero_point)).sum::<f64>();
                let least = (at_mean.abs() / f64::from(1 << 30)).max(1e-60);
                let (whole, step) = match &fitted {
                    Some((_, whole, step)) if *step >= least => (whole.clone(), *step),
                    _ => {
                        let largest = weights.iter().fold(0.0_f64, |largest, weight| largest.max(weight.abs()));
                        let step = (largest / 127.0).max(least);
                        (weights.iter().map(|weight| (weight / step).round().clamp(-127.0, 127.0)).collect(), step)
                    }
                };
                let mut sum = 0.0;
                for (input, &whole) in whole.iter().enumerate() {
                    kernel[position(IN, OUT, input, unit)] = whole as i8;
                    sum += whole * means(input).0;
                }
                // The zero point of low bytes, in parts of 256.
                let of_low = if from.has_low() { 0.5 * whole.iter().sum::<f64>() } else { 0.0 };
                bias[unit] = (at_mean / step - sum - of_low).round().clamp(f64::from(i32::MIN), f64::from(i32::MAX)) as i32;
                step
            })
            .collect()
    }
}
