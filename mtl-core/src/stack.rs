//! What a prediction takes of the stack: [`Model::STACK_BYTES`](crate::Model::STACK_BYTES) and
//! [`Int8Model::STACK_BYTES`](crate::int8::Int8Model::STACK_BYTES).
//!
//! ```text
//! row of inputs + values of every step + outputs + most that a step works with + frames
//! ```
//!
//! Arrays are counted. What functions save, spill and pass by address is not known before they are compiled: for that there are allowances,
//! which `tests/builds/embedded.rs` holds to what models with every step and random ones take: never more than is said, and 320 bytes less at most. They
//! are for programs without `std` that are optimised as `examples/embedded` is, with `opt-level` 3 or "s". There every step with code of its own
//! is a function of its own (`inline(never)`), so that of what steps spill only the most counts. With `std` the processor's widest registers are
//! used, which take more to save, and unoptimised code keeps everything in memory: there the figure is no bound.

use core::mem::size_of;

/// The allowances were measured with registers of 128 bits; what is saved and spilled is that much wider.
const WIDE: usize = if cfg!(target_feature = "avx512f") {
    4
} else if cfg!(target_feature = "avx") {
    2
} else {
    1
};

/// The functions of a prediction in `f32`, down to a product of one column: what the calls of steps and the endings of heads leave in the frame of
/// the whole grows with their number.
pub(crate) const fn of_prediction(steps: usize, heads: usize) -> usize {
    (324 + 6 * steps + 26 * heads) * WIDE
}

/// What a convolution adds: gathering patches, and the product of many columns.
pub(crate) const CONVOLUTION: usize = 512 * WIDE;

/// What a depthwise convolution adds.
pub(crate) const DEPTHWISE: usize = 256 * WIDE;

/// What a recurrent layer adds.
pub(crate) const RECURRENT: usize = 256 * WIDE;

/// The functions of a prediction in eight bits, down to a product.
pub(crate) const PREDICT_INT8: usize = 720 * WIDE;

/// What a layer that may take or give low bytes adds, whether it does or not: what it is given is known when the model runs.
pub const LOW_INT8: usize = 272 * WIDE;

/// What a convolution in eight bits adds.
pub(crate) const CONVOLUTION_INT8: usize = 576 * WIDE;

/// What a recurrent layer in eight bits adds.
pub(crate) const RECURRENT_INT8: usize = 256 * WIDE;

/// What a step that takes `values` of earlier ones works with: a list of where they are, for itself and for the function that it calls.
#[must_use]
pub const fn of_merge(values: usize) -> usize {
    3 * values * size_of::<&[u8]>()
}

/// The most of what steps work with.
#[must_use]
pub const fn most(steps: &[usize]) -> usize {
    let (mut most, mut step) = (0, 0);
    while step < steps.len() {
        if steps[step] > most {
            most = steps[step];
        }
        step += 1;
    }
    most
}
