//! Predicting: one sample, many, or a batch with its losses.

use super::batch::{Batch, check, means};
use super::error::PassError;
use super::forward::measure_tile;
use super::tile::{Tile, load};
use super::work::Work;
use crate::flat;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::layer::context::Pass;
use crate::model::sets::HeadSet;
use crate::model::{Model, Record};

/// Predicts one sample for the set of heads `HEADS`, and hands the values to `read`, with those of the heads whose outputs are to be NaN, as they
/// depend on an input that is not [valid](crate::model::InputError).
///
/// The set is a constant so that a prediction of one head carries no code of the others.
#[inline]
pub fn predict<M: Model, const HEADS: u64, R>(model: &M, inputs: &M::Inputs, read: impl FnOnce(&M::Values<1>, HeadSet) -> R) -> R {
    predict_row::<M, HEADS, _, R>(model, inputs, read)
}

/// As [`predict`], of a row of any form.
#[inline]
pub(crate) fn predict_row<M: Model, const HEADS: u64, D: Record<M::Scalar>, R>(
    model: &M,
    inputs: &D,
    read: impl FnOnce(&M::Values<1>, HeadSet) -> R,
) -> R {
    struct Predict<'a, M: Model, const HEADS: u64, D, F> {
        model: &'a M,
        inputs: &'a D,
        read: F,
    }
    impl<M: Model, const HEADS: u64, D: Record<M::Scalar>, R, F: FnOnce(&M::Values<1>, HeadSet) -> R> Kernel for Predict<'_, M, HEADS, D, F> {
        type Output = R;
        #[inline(always)]
        fn run<S: InstructionSet>(self) -> R {
            let mut values: M::Values<1> = flat::zeroed();
            let statistics: M::Statistics = flat::zeroed();
            M::load_inputs(&mut values, 0, self.inputs);
            let spoiled = M::spoiled::<S, 1>(HeadSet(HEADS), &values, 0);
            for stage in 0..M::STAGES {
                self.model.forward::<S, 1>(stage, Pass::PREDICT, HeadSet(HEADS), &statistics, &mut values, 1);
            }
            (self.read)(&values, spoiled)
        }
    }
    dispatch(Predict::<M, HEADS, _, _> { model, inputs, read })
}

/// The outputs of all heads from the values of one sample, as [`predict`] hands them to `read`.
#[inline(always)]
pub fn outputs<M: Model, const COLUMNS: usize>(values: &M::Values<COLUMNS>, column: usize, spoiled: HeadSet) -> M::Outputs {
    let mut outputs = M::outputs(values, column);
    if !spoiled.is_empty() {
        M::spoil(&mut outputs, spoiled);
    }
    outputs
}

/// Whether there is an output for every row of inputs.
///
/// # Errors
///
/// [`PassError::Lengths`].
pub const fn check_lengths<I, O>(inputs: &[I], outputs: &[O]) -> Result<(), PassError> {
    if inputs.len() == outputs.len() { Ok(()) } else { Err(PassError::Lengths { inputs: inputs.len(), outputs: outputs.len() }) }
}

/// Predicts many samples through one tile: `outputs[i]` for `inputs[i]`.
///
/// # Errors
///
/// [`PassError::Lengths`].
pub fn predict_batch<M: Model, const COLUMNS: usize>(
    model: &M,
    inputs: &[M::Inputs],
    outputs: &mut [M::Outputs],
    tile: &mut Tile<M, COLUMNS>,
) -> Result<(), PassError> {
    struct Predict<'a, M: Model, const COLUMNS: usize> {
        model: &'a M,
        inputs: &'a [M::Inputs],
        outputs: &'a mut [M::Outputs],
        values: &'a mut M::Values<COLUMNS>,
    }
    impl<M: Model, const COLUMNS: usize> Kernel for Predict<'_, M, COLUMNS> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let Self { model, inputs, outputs, values } = self;
            let (mut spoiled, statistics) = ([HeadSet::NONE; COLUMNS], flat::zeroed());
            for (column, (row, spoiled)) in inputs.iter().zip(&mut spoiled).enumerate() {
                M::load_inputs(values, column, row);
                *spoiled = M::spoiled::<S, COLUMNS>(HeadSet::ALL, values, column);
            }
            for stage in 0..M::STAGES {
                model.forward::<S, COLUMNS>(stage, Pass::PREDICT, HeadSet::ALL, &statistics, values, inputs.len());
            }
            for (column, (output, spoiled)) in outputs.iter_mut().zip(spoiled).enumerate() {
                *output = self::outputs::<M, COLUMNS>(values, column, spoiled);
            }
        }
    }
    const { assert!(COLUMNS > 0, "a tile has one column at least") };
    check_lengths(inputs, outputs)?;
    for (inputs, outputs) in inputs.chunks(COLUMNS).zip(outputs.chunks_mut(COLUMNS)) {
        dispatch(Predict { model, inputs, outputs, values: &mut tile.values });
    }
    Ok(())
}

/// The mean loss of each head over a batch (0 for a head without a label in it) when predicting, without class weights, which are for training.
///
/// `consume` is given each tile's values with the number of its first sample and how many it has, to collect outputs from.
///
/// # Errors
///
/// [`PassError::EmptyBatch`].
pub fn evaluate<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    tile: &mut Tile<M, COLUMNS>,
    consume: impl FnMut(&M::Values<COLUMNS>, &M::TargetColumns<COLUMNS>, usize, usize),
) -> Result<M::Losses, PassError> {
    evaluate_with(batch, tile, |_, columns, tile| predict_tile(model, tile, columns), consume)
}

/// As [`evaluate`], of values that `forward` computes, which is told the number of a tile's first sample and how many it has.
pub(crate) fn evaluate_with<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    batch: &B,
    tile: &mut Tile<M, COLUMNS>,
    mut forward: impl FnMut(usize, usize, &mut Tile<M, COLUMNS>),
    mut consume: impl FnMut(&M::Values<COLUMNS>, &M::TargetColumns<COLUMNS>, usize, usize),
) -> Result<M::Losses, PassError> {
    check(batch, 1, 1)?;
    let mut sums: M::Losses = flat::zeroed();
    for first in (0..batch.len()).step_by(COLUMNS) {
        let columns = load(batch, first, tile);
        forward(first, columns, tile);
        measure_tile::<M, COLUMNS>(tile, columns, &mut sums);
        consume(&tile.values, &tile.targets, first, columns);
    }
    Ok(means::<M, B>(batch, sums))
}

/// Predicts the samples that were loaded into a tile.
pub(crate) fn predict_tile<M: Model, const COLUMNS: usize>(model: &M, tile: &mut Tile<M, COLUMNS>, columns: usize) {
    Work { model, pass: Pass::PREDICT, heads: HeadSet::ALL }.forward_tile(&flat::zeroed(), tile, columns, 0..M::STAGES);
}

/// Appends the outputs for some samples of a batch whose inputs are valid.
#[cfg(feature = "std")]
pub(crate) fn append_outputs<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    samples: core::ops::Range<usize>,
    tile: &mut Tile<M, COLUMNS>,
    outputs: &mut std::vec::Vec<M::Outputs>,
) {
    for first in samples.clone().step_by(COLUMNS) {
        let columns = COLUMNS.min(samples.end - first);
        (0..columns).for_each(|column| batch.load_inputs(first + column, &mut tile.values, column));
        predict_tile(model, tile, columns);
        outputs.extend((0..columns).map(|column| M::outputs(&tile.values, column)));
    }
}
