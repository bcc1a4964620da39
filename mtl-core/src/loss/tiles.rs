//! The losses of the samples of a tile.

use super::sample::Loss;
use crate::kernel::scalar::Scalar;
use crate::kernel::{GradientSink, InstructionSet};

/// The losses of a tile: returns `Σ weight · loss` over the samples that have a label, and hands `scale · weight · gradient` to `sink`.
///
/// All slices have an element for every sample, or the shortest one counts; `present` is given where labels may be missing.
/// Where the label is missing nothing is added to the sum and the gradient is 0, whatever the target holds.
#[inline(always)]
pub fn tile<S: InstructionSet, L: Loss<N, T>, T: Scalar, const N: usize>(
    loss: &L,
    outputs: &[[T; N]],
    targets: &[L::Target],
    present: Option<&[bool]>,
    sample_weights: &[T],
    scale: T,
    sink: GradientSink<'_, T, N>,
) -> T {
    let samples = outputs.len().min(targets.len()).min(sample_weights.len()).min(sink.columns.len());
    let samples = samples.min(present.map_or(samples, <[bool]>::len));
    let mut sum = T::ZERO;
    let mut done = 0;
    if N <= NARROW {
        let (outputs, _) = outputs[..samples].as_chunks::<BLOCK>();
        let (targets, _) = targets[..samples].as_chunks::<BLOCK>();
        let (sample_weights, _) = sample_weights[..samples].as_chunks::<BLOCK>();
        let (columns, _) = sink.columns[..samples].as_chunks_mut::<BLOCK>();
        for (((outputs, targets), weights), columns) in outputs.iter().zip(targets).zip(sample_weights).zip(columns) {
            let mut values = [T::ZERO; BLOCK];
            let mut gradients = [[T::ZERO; N]; BLOCK];
            loss.evaluate_samples(outputs, targets, &mut gradients, &mut values);
            if let Some(present) = present {
                for ((value, gradient), &present) in values.iter_mut().zip(&mut gradients).zip(&present[done..]) {
                    *value = if present { *value } else { T::ZERO };
                    for slope in gradient {
                        *slope = if present { *slope } else { T::ZERO };
                    }
                }
            }
            for ((gradient, &weight), column) in gradients.iter().zip(weights).zip(columns) {
                store::<S, _, N>(gradient, scale * weight, column, sink.add);
            }
            for (&value, &weight) in values.iter().zip(weights) {
                sum += weight * value;
            }
            done += BLOCK;
        }
    }
    for sample in done..samples {
        let mut gradient = [T::ZERO; N];
        let weight = sample_weights[sample];
        if present.is_none_or(|present| present[sample]) {
            sum += weight * loss.evaluate(&outputs[sample], &targets[sample], &mut gradient);
        }
        // The gradient of an absent label is all zeros: adding it changes nothing, and overwriting clears the column.
        store::<S, _, N>(&gradient, scale * weight, &mut sink.columns[sample], sink.add);
    }
    sum
}

/// Up to this many outputs, samples are taken by blocks, which the compiler lays side by side in vectors; more outputs fill vectors by themselves.
const NARROW: usize = 16;

/// The samples of a block.
pub(super) const BLOCK: usize = 16;

/// Writes, or adds, `factor · gradient`.
#[inline(always)]
fn store<S: InstructionSet, T: Scalar, const N: usize>(gradient: &[T; N], factor: T, column: &mut [T; N], add: bool) {
    for (value, &slope) in column.iter_mut().zip(gradient) {
        *value = if add { S::mul_add(factor, slope, *value) } else { factor * slope };
    }
}
