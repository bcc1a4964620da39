//! The products of a dense layer: `Y = W X + b`, `∂X = Wᵀ ∂Y`, `∂W += ∂Y Xᵀ`, `∂b += ∂Y 1`.
//!
//! `W` is `[[T; OUT]; IN]`: column-major `OUT × IN`, which is Keras's `kernel` byte for byte. A column of `X` and `Y` is a sample.

use super::{GradientSink, InstructionSet};
use crate::Scalar;

/// `output = kernel · input + bias` for every column; `bias` is empty for a layer without one.
#[inline(always)]
pub fn dense_forward<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize, const BIAS: usize>(
    kernel: &[[T; OUT]; IN],
    bias: &[T; BIAS],
    input: &[[T; IN]],
    output: &mut [[T; OUT]],
) {
    for (input, output) in input.iter().zip(output) {
        for (row, value) in output.iter_mut().enumerate() {
            *value = if BIAS == 0 { T::ZERO } else { bias[row] };
        }
        for (&x, weights) in input.iter().zip(kernel) {
            for (value, &weight) in output.iter_mut().zip(weights) {
                *value = S::mul_add(weight, x, *value);
            }
        }
    }
}

/// `input_gradient (+)= kernelᵀ · output_gradient` for every column.
#[inline(always)]
pub fn dense_input_gradient<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize>(
    kernel: &[[T; OUT]; IN],
    output_gradient: &[[T; OUT]],
    sink: GradientSink<'_, T, IN>,
) {
    for (gradient, target) in output_gradient.iter().zip(sink.columns) {
        for (weights, value) in kernel.iter().zip(target) {
            let mut sum = if sink.add { *value } else { T::ZERO };
            for (&weight, &g) in weights.iter().zip(gradient) {
                sum = S::mul_add(weight, g, sum);
            }
            *value = sum;
        }
    }
}

/// `kernel_gradient += output_gradient · inputᵀ`, summed over the columns.
#[inline(always)]
pub fn dense_kernel_gradient<S: InstructionSet, T: Scalar, const IN: usize, const OUT: usize>(
    input: &[[T; IN]],
    output_gradient: &[[T; OUT]],
    kernel_gradient: &mut [[T; OUT]; IN],
) {
    for (input, gradient) in input.iter().zip(output_gradient) {
        for (&x, weights) in input.iter().zip(kernel_gradient.iter_mut()) {
            for (weight, &g) in weights.iter_mut().zip(gradient) {
                *weight = S::mul_add(x, g, *weight);
            }
        }
    }
}

/// `bias_gradient += output_gradient · 1`, summed over the columns; nothing where the layer has no bias.
#[inline(always)]
pub fn bias_gradient<T: Scalar, const OUT: usize, const BIAS: usize>(output_gradient: &[[T; OUT]], bias_gradient: &mut [T; BIAS]) {
    for gradient in output_gradient {
        for (bias, &g) in bias_gradient.iter_mut().zip(gradient) {
            *bias += g;
        }
    }
}
