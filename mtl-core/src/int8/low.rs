//! Low bytes: what a byte leaves out of a number, in parts of 256.
//!
//! A tensor of which one byte a value is not enough, as heads tell when a model is calibrated, is kept in two. What takes it adds up the products of
//! both with the same weights: `W (q + l / 256)`, twice the work of this layer. Other tensors, and models that need none, have one.

use super::output::Output;
use crate::kernel;

/// The biases with what comes from low bytes: `own + (W l) / 256`, rounded. `bias` has zeros in it, and `sums` a place for each unit.
///
/// What low bytes count from, 128, is in the bias already.
#[inline(never)]
pub(super) fn add(kernel: &[i8], low: &[u8], own: &[i32], sums: &mut [i32], bias: &mut [i32]) {
    kernel::int8::sums(kernel, bias, low, sums);
    for ((bias, own), sum) in bias.iter_mut().zip(own).zip(sums) {
        *bias = own.wrapping_add(sum.wrapping_add(128) >> 8);
    }
}

/// Makes bytes and their low bytes of sums.
#[inline(never)]
pub(super) fn split(sums: &[i32], multiplier: &[i32], output: Output, y: &mut [u8], low: &mut [u8]) {
    for (((&sum, &multiplier), y), low) in sums.iter().zip(multiplier).zip(y).zip(low) {
        *y = output.of(sum, multiplier);
        *low = output.low(sum, multiplier, *y);
    }
}
