//! What the tests of layers share: running one, and its gradients against finite differences.

use std::vec::Vec;
use std::{format, vec};

use super::{Context, Layer, Pass};
use crate::flat::{self, Flat};
use crate::kernel::{GradientSink, Portable};

pub(super) const PREDICT: Context = Context { pass: Pass::PREDICT, node: 0 };
pub(super) const TRAIN: Context = Context { pass: Pass::train(0x0123_4567_89AB_CDEF), node: 3 };

/// Step of the central differences; their error is about its square.
const STEP: f64 = 1e-5;
const TOLERANCE: f64 = 1e-7;

/// Distinct values between −2 and 2, without a pattern.
pub(super) fn value(number: usize) -> f64 {
    ((number * 7919 + 104_729) % 1009) as f64 / 252.25 - 2.0
}

/// Columns of such values.
pub(super) fn columns<const N: usize>(count: usize) -> Vec<[f64; N]> {
    (0..count).map(|column| core::array::from_fn(|row| value(column * N + row))).collect()
}

/// The output of a layer.
pub(super) fn forward<const IN: usize, const OUT: usize, L: Layer<IN, OUT, f64>>(
    layer: &L,
    context: Context,
    parameters: &L::Parameters,
    input: &[[f64; IN]],
) -> Vec<[f64; OUT]> {
    forward_with_cache(layer, context, parameters, input).0
}

fn forward_with_cache<const IN: usize, const OUT: usize, L: Layer<IN, OUT, f64>>(
    layer: &L,
    context: Context,
    parameters: &L::Parameters,
    input: &[[f64; IN]],
) -> (Vec<[f64; OUT]>, Vec<L::Cache>) {
    let mut output = vec![[f64::NAN; OUT]; input.len()];
    let mut cache = vec![flat::zeroed(); input.len()];
    layer.forward::<Portable>(context, parameters, input, &mut output, &mut cache);
    (output, cache)
}

/// `Σ cᵢ yᵢ` with fixed weights `cᵢ`, which are the gradient it is checked with.
fn weighted_sum<const OUT: usize>(output: &[[f64; OUT]]) -> f64 {
    output.as_flattened().iter().enumerate().map(|(number, y)| value(number + 500) * y).sum()
}

/// The gradients of a layer with respect to its parameters and its input are those of finite differences, and both are added to where they should be.
pub(super) fn check_gradients<const IN: usize, const OUT: usize, L: Layer<IN, OUT, f64>>(
    layer: &L,
    context: Context,
    parameters: &L::Parameters,
    input: &[[f64; IN]],
) {
    check_trained_gradients(layer, context, parameters, input, |_| true);
}

/// As [`check_gradients`], with the gradient zero for those parameters (by number) that are not `trained`.
pub(super) fn check_trained_gradients<const IN: usize, const OUT: usize, L: Layer<IN, OUT, f64>>(
    layer: &L,
    context: Context,
    parameters: &L::Parameters,
    input: &[[f64; IN]],
    trained: impl Fn(usize) -> bool,
) {
    const BEFORE: f64 = 0.25;
    let (output, cache) = forward_with_cache(layer, context, parameters, input);
    let output_gradient: Vec<[f64; OUT]> = {
        let mut gradient = vec![[0.0; OUT]; input.len()];
        gradient.as_flattened_mut().iter_mut().enumerate().for_each(|(number, g)| *g = value(number + 500));
        gradient
    };

    let mut gradient: L::Parameters = flat::zeroed();
    gradient.as_mut_slice().fill(BEFORE);
    let mut written = vec![[f64::NAN; IN]; input.len()];
    let sink = GradientSink { columns: &mut written, add: false };
    layer.backward::<Portable>(context, parameters, input, &output, &cache, &mut output_gradient.clone(), Some(sink), &mut gradient);

    let mut unasked: L::Parameters = flat::zeroed();
    unasked.as_mut_slice().fill(BEFORE);
    layer.backward::<Portable>(context, parameters, input, &output, &cache, &mut output_gradient.clone(), None, &mut unasked);
    assert_eq!(gradient.as_slice(), unasked.as_slice(), "the parameters' gradient does not depend on whether the input's is asked for");

    let mut added = vec![[BEFORE; IN]; input.len()];
    let sink = GradientSink { columns: &mut added, add: true };
    layer.backward::<Portable>(context, parameters, input, &output, &cache, &mut output_gradient.clone(), Some(sink), &mut unasked);
    for (&written, &added) in written.as_flattened().iter().zip(added.as_flattened()) {
        assert_near(added, written + BEFORE, "an added input gradient");
    }

    for (number, &g) in gradient.as_slice().iter().enumerate() {
        let at = |step: f64| {
            let mut moved = *parameters;
            moved.as_mut_slice()[number] += step;
            weighted_sum(&forward(layer, context, &moved, input))
        };
        let expected = if trained(number) { (at(STEP) - at(-STEP)) / (2.0 * STEP) } else { 0.0 };
        assert_near(g - BEFORE, expected, &format!("parameter {number}"));
    }
    for (number, &g) in written.as_flattened().iter().enumerate() {
        let at = |step: f64| {
            let mut moved = input.to_vec();
            moved.as_flattened_mut()[number] += step;
            weighted_sum(&forward(layer, context, parameters, &moved))
        };
        assert_near(g, (at(STEP) - at(-STEP)) / (2.0 * STEP), &format!("input {number}"));
    }
}

pub(super) fn assert_near(actual: f64, expected: f64, what: &str) {
    assert!((actual - expected).abs() <= TOLERANCE * (1.0 + expected.abs()), "{what}: {actual} is not {expected}");
}
