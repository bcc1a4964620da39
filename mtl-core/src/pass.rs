//! Passes of a model over a batch: tiles of samples, stage by stage.
//!
//! A tile is a fixed number of samples, one column a sample, so that shapes are static and activations stay in the
//! cache while the batch size is free. Without batch normalisation a tile goes forward and backward before the next
//! one is loaded. With it, all tiles go forward to where statistics of the whole batch are needed, and so on.

use crate::flat::{self, Flat};
use crate::kernel::scalar::Scalar;
use crate::kernel::{InstructionSet, Kernel, dispatch};
use crate::layer::context::Pass;
use crate::model::record::{Record, TargetError};
use crate::model::sets::HeadSet;
use crate::model::{InputError, Model, check_inputs};

/// The number of samples in a tile where nothing else is said.
pub const TILE: usize = 32;

/// The memory for `COLUMNS` samples of a model: values, their gradients, targets and sample weights.
///
/// `static mut TILE: Tile<Patient, 4> = flat::zeroed()` is a workspace without an allocator.
///
/// It begins at a cache line: kernels read a column of a tile with whole vector registers.
#[derive(Debug)]
#[repr(align(64))]
pub struct Tile<M: Model, const COLUMNS: usize = TILE> {
    values: M::Values<COLUMNS>,
    gradients: M::ValueGradients<COLUMNS>,
    targets: M::TargetColumns<COLUMNS>,
    weights: [M::Scalar; COLUMNS],
}

crate::flat::own_zeroable!([M: Model, const COLUMNS: usize] Tile<M, COLUMNS> as Tile {
    values: M::Values<COLUMNS>,
    gradients: M::ValueGradients<COLUMNS>,
    targets: M::TargetColumns<COLUMNS>,
    weights: [M::Scalar; COLUMNS],
});

impl<M: Model, const COLUMNS: usize> Tile<M, COLUMNS> {
    /// Its size in bytes: the memory that training works in beside parameters and gradient.
    pub const BYTES: usize = core::mem::size_of::<Self>();

    /// The values, for what computes them in another way.
    #[cfg(feature = "std")]
    pub(crate) fn values_mut(&mut self) -> &mut M::Values<COLUMNS> {
        &mut self.values
    }
}

/// Samples with their targets, in the order in which a pass takes them.
pub trait Batch<M: Model> {
    /// How many samples.
    fn len(&self) -> usize;
    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
    /// How many samples have a label for a head.
    fn labels(&self, head: usize) -> usize;
    /// Copies a sample into a column.
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize);
    /// Copies a sample's targets into a column.
    fn load_targets<const COLUMNS: usize>(&self, sample: usize, targets: &mut M::TargetColumns<COLUMNS>, column: usize);
    /// The weight of a sample in the losses.
    fn weight(&self, sample: usize) -> M::Scalar;
    /// Whether every sample is one that a model can be trained with. Data sets have no others.
    ///
    /// # Errors
    ///
    /// The first that is not.
    fn check(&self) -> Result<(), PassError> {
        Ok(())
    }
}

/// Typed rows as a batch; needs no allocator.
impl<M: Model> Batch<M> for [(M::Inputs, M::Targets)] {
    fn len(&self) -> usize {
        <[_]>::len(self)
    }
    fn labels(&self, head: usize) -> usize {
        if !M::HEADS[head].partial {
            return self.iter().len();
        }
        self.iter().filter(|(_, targets)| targets.real(head).is_some() || targets.class(head).is_some()).count()
    }
    #[inline(always)]
    fn load_inputs<const COLUMNS: usize>(&self, sample: usize, values: &mut M::Values<COLUMNS>, column: usize) {
        M::load_inputs(values, column, &self[sample].0);
    }
    #[inline(always)]
    fn load_targets<const COLUMNS: usize>(&self, sample: usize, targets: &mut M::TargetColumns<COLUMNS>, column: usize) {
        M::load_targets(targets, column, &self[sample].1);
    }
    #[inline(always)]
    fn weight(&self, _: usize) -> M::Scalar {
        M::Scalar::ONE
    }
    fn check(&self) -> Result<(), PassError> {
        for (sample, (inputs, targets)) in self.iter().enumerate() {
            check_inputs::<M>(inputs).map_err(|error| PassError::Input { sample, error })?;
            M::check_targets(targets).map_err(|(head, problem)| PassError::Target { sample, head: M::HEADS[head].name, problem })?;
        }
        Ok(())
    }
}

/// A batch that a pass cannot take.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PassError {
    /// No samples.
    #[error("the batch is empty")]
    EmptyBatch,
    /// The whole batch is needed at once, for batch normalisation or for weights that depend on its losses.
    #[error("the whole batch is taken at once: {needed} tiles are needed, there are {available}")]
    TooFewTiles {
        /// How many it takes.
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// An input that no data set takes.
    #[error("sample {sample}: {error}")]
    Input {
        /// The number of the sample in the batch.
        sample: usize,
        /// What is wrong.
        error: InputError,
    },
    /// A target that the loss of its head is not defined for.
    #[error("sample {sample}: head `{head}`: {problem}")]
    Target {
        /// The number of the sample in the batch.
        sample: usize,
        /// The name of the head.
        head: &'static str,
        /// What is wrong.
        problem: TargetError,
    },
    /// Not as many gradients as sets of heads.
    #[error("there are {sets} sets of heads and {gradients} gradients: each set needs one")]
    Gradients {
        /// Sets of heads.
        sets: usize,
        /// Gradients.
        gradients: usize,
    },
    /// Not as many outputs as inputs. Nothing was predicted.
    #[error("{inputs} rows of inputs cannot be predicted into {outputs} of outputs")]
    Lengths {
        /// Rows of inputs.
        inputs: usize,
        /// Places for outputs.
        outputs: usize,
    },
}

/// How many tiles of `columns` samples a pass over `samples` needs at once.
#[must_use]
pub fn tiles_needed<M: Model>(samples: usize, columns: usize) -> usize {
    if M::STAGES == 1 { 1 } else { samples.div_ceil(columns.max(1)).max(1) }
}

/// Predicts one sample for the set of heads `HEADS`, and hands the values to `read`, with those of the heads whose outputs are to be NaN, as they
/// depend on an input that is not [valid](InputError).
///
/// The set is a constant so that a prediction of one head carries no code of the others.
#[inline]
pub fn predict<M: Model, const HEADS: u64, R>(model: &M, inputs: &M::Inputs, read: impl FnOnce(&M::Values<1>, HeadSet) -> R) -> R {
    struct Predict<'a, M: Model, const HEADS: u64, F> {
        model: &'a M,
        inputs: &'a M::Inputs,
        read: F,
    }
    impl<M: Model, const HEADS: u64, R, F: FnOnce(&M::Values<1>, HeadSet) -> R> Kernel for Predict<'_, M, HEADS, F> {
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
    dispatch(Predict::<M, HEADS, _> { model, inputs, read })
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
    forward_tile(model, Pass::PREDICT, HeadSet::ALL, &flat::zeroed(), tile, columns, 0..M::STAGES);
}

/// The mean loss of each head over a batch, and the gradient of `Σ weightₕ · lossₕ` plus penalties over the parameters, for the heads asked for.
///
/// `gradient` is overwritten; `statistics` is left with those of the batch, for [`Model::update_statistics`] of the same heads.
///
/// # Errors
///
/// See [`PassError`].
#[allow(clippy::too_many_arguments, reason = "the memory comes from the caller, who may have no allocator")]
pub fn value_and_gradient<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    pass: Pass,
    heads: HeadSet,
    weights: &M::Losses,
    tiles: &mut [Tile<M, COLUMNS>],
    statistics: &mut M::Statistics,
    gradient: &mut M,
) -> Result<M::Losses, PassError> {
    let pass = fresh::<M>(pass, heads, gradient);
    let losses = backward_sets(model, batch, pass, heads, &[heads], weights, tiles, statistics, core::slice::from_mut(gradient))?;
    model.penalty(Some(gradient));
    Ok(losses)
}

/// As [`value_and_gradient`], with weights that are chosen when the losses are known: `weigh` is told the losses and writes the weights.
///
/// Takes `batch.len().div_ceil(COLUMNS)` tiles whatever the model: all values stay in memory between the forward and the backward pass,
/// which costs less than going forward twice.
///
/// # Errors
///
/// See [`PassError`], and those of `weigh`.
#[allow(clippy::too_many_arguments, reason = "the memory comes from the caller, who may have no allocator")]
pub fn value_and_weighted_gradient<M: Model, B: Batch<M> + ?Sized, E: From<PassError>, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    pass: Pass,
    heads: HeadSet,
    weigh: impl FnOnce(&M::Losses, &mut M::Losses) -> Result<(), E>,
    tiles: &mut [Tile<M, COLUMNS>],
    statistics: &mut M::Statistics,
    gradient: &mut M,
) -> Result<M::Losses, E> {
    let samples = check::<M, B>(batch, batch.len().div_ceil(COLUMNS), tiles.len())?;
    let tiles = &mut tiles[..samples.div_ceil(COLUMNS)];
    let mut sums: M::Losses = flat::zeroed();
    forward_batch(model, batch, pass, heads, tiles, statistics);
    loss_batch(heads, tiles, samples, &flat::zeroed(), &mut sums);
    let losses = means::<M, B>(batch, sums);

    let mut weights: M::Losses = flat::zeroed();
    weigh(&losses, &mut weights)?;
    let pass = fresh::<M>(pass, heads, gradient);
    loss_batch(heads, tiles, samples, &scales::<M, B>(batch, &weights), &mut sums);
    let mut statistics = *statistics;
    backward_batch(model, samples, pass, heads, tiles, &mut statistics, gradient);
    model.penalty(Some(gradient));
    Ok(losses)
}

/// The mean losses of a pass as [`value_and_gradient`] makes it, without going backward.
///
/// # Errors
///
/// See [`PassError`].
pub fn value<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    pass: Pass,
    heads: HeadSet,
    tiles: &mut [Tile<M, COLUMNS>],
    statistics: &mut M::Statistics,
) -> Result<M::Losses, PassError> {
    let needed = tiles_needed::<M>(batch.len(), COLUMNS);
    let samples = check::<M, B>(batch, needed, tiles.len())?;
    let scales: M::Losses = flat::zeroed();
    let mut sums: M::Losses = flat::zeroed();
    if M::STAGES == 1 {
        flat::set_zero(statistics);
        let tile = &mut tiles[0];
        for first in (0..samples).step_by(COLUMNS) {
            let columns = load(batch, first, tile);
            forward_tile(model, Pass { first_sample: first, ..pass }, heads, statistics, tile, columns, 0..1);
            loss_tile::<M, COLUMNS>(heads, tile, columns, &scales, &mut sums);
        }
    } else {
        forward_batch(model, batch, pass, heads, &mut tiles[..needed], statistics);
        loss_batch(heads, &mut tiles[..needed], samples, &scales, &mut sums);
    }
    Ok(means::<M, B>(batch, sums))
}

/// As [`value_and_gradient`], with a gradient for each set of heads from one forward pass; penalties are left out.
///
/// The sets must be disjoint; nothing is done for one that is empty. Adds to `gradients`, one for each of `heads`: to the
/// parameters that the set depends on alone. What task balancing starts from.
///
/// # Errors
///
/// See [`PassError`].
#[allow(clippy::too_many_arguments, reason = "the memory comes from the caller, who may have no allocator")]
pub fn backward_heads<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    pass: Pass,
    heads: &[HeadSet],
    weights: &M::Losses,
    tiles: &mut [Tile<M, COLUMNS>],
    statistics: &mut M::Statistics,
    gradients: &mut [M],
) -> Result<M::Losses, PassError> {
    let every = HeadSet(heads.iter().fold(0, |all, set| all | set.0));
    backward_sets(model, batch, pass, every, heads, weights, tiles, statistics, gradients)
}

/// As [`backward_heads`], after a forward pass for the heads `forward`: of heads without a label the batch normalisations still see the batch.
#[allow(clippy::too_many_arguments, reason = "the memory comes from the caller, who may have no allocator")]
pub(crate) fn backward_sets<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    pass: Pass,
    forward: HeadSet,
    heads: &[HeadSet],
    weights: &M::Losses,
    tiles: &mut [Tile<M, COLUMNS>],
    statistics: &mut M::Statistics,
    gradients: &mut [M],
) -> Result<M::Losses, PassError> {
    let needed = tiles_needed::<M>(batch.len(), COLUMNS);
    let samples = check::<M, B>(batch, needed, tiles.len())?;
    if heads.len() != gradients.len() {
        return Err(PassError::Gradients { sets: heads.len(), gradients: gradients.len() });
    }
    let scales = scales::<M, B>(batch, weights);
    let mut sums: M::Losses = flat::zeroed();

    // With several gradients and all tiles in memory, head after head: one gradient stays in the cache for all tiles.
    let all = samples.div_ceil(COLUMNS);
    if M::STAGES == 1 && (heads.len() == 1 || tiles.len() < all) {
        flat::set_zero(statistics);
        let tile = &mut tiles[0];
        for first in (0..samples).step_by(COLUMNS) {
            let pass = Pass { first_sample: first, fresh: pass.fresh && first == 0, ..pass };
            let columns = load(batch, first, tile);
            forward_tile(model, pass, forward, statistics, tile, columns, 0..1);
            for (&heads, gradient) in heads.iter().zip(gradients.iter_mut()).filter(|(heads, _)| !heads.is_empty()) {
                loss_tile::<M, COLUMNS>(heads, tile, columns, &scales, &mut sums);
                backward_tile(model, 0, pass, heads, statistics, tile, columns, gradient);
            }
        }
    } else {
        let tiles = &mut tiles[..all];
        forward_batch(model, batch, pass, forward, tiles, statistics);
        for (&heads, gradient) in heads.iter().zip(gradients.iter_mut()).filter(|(heads, _)| !heads.is_empty()) {
            let mut statistics = *statistics;
            loss_batch(heads, tiles, samples, &scales, &mut sums);
            backward_batch(model, samples, pass, heads, tiles, &mut statistics, gradient);
        }
    }
    Ok(means::<M, B>(batch, sums))
}

/// The part of [`value_and_gradient`] of some of the samples, of a model with one stage: overwrites `gradient` and adds to `sums`, each
/// head's losses summed over the samples. The range begins at a whole tile.
#[cfg(feature = "std")]
#[allow(clippy::too_many_arguments, reason = "what a pass needs")]
pub(crate) fn backward_range<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    samples: core::ops::Range<usize>,
    pass: Pass,
    heads: HeadSet,
    scales: &M::Losses,
    tile: &mut Tile<M, COLUMNS>,
    statistics: &mut M::Statistics,
    gradient: &mut M,
    sums: &mut M::Losses,
) {
    flat::set_zero(statistics);
    let pass = fresh::<M>(pass, heads, gradient);
    let start = samples.start;
    for first in samples.step_by(COLUMNS) {
        let pass = Pass { first_sample: first, fresh: pass.fresh && first == start, ..pass };
        let columns = load(batch, first, tile);
        forward_tile(model, pass, heads, statistics, tile, columns, 0..1);
        loss_tile::<M, COLUMNS>(heads, tile, columns, scales, sums);
        backward_tile(model, 0, pass, heads, statistics, tile, columns, gradient);
    }
}

/// The pass for the first tile of a batch: it overwrites `gradient` where it writes all of it; else this is set to zero.
fn fresh<M: Model>(pass: Pass, heads: HeadSet, gradient: &mut M) -> Pass {
    let fresh = M::STAGES == 1 && heads.covers(M::HEADS.len()) && pass.frozen.is_empty();
    if !fresh {
        flat::set_zero(gradient);
    }
    Pass { fresh, ..pass }
}

/// The number of samples, where there are some, all of them are valid, and tiles are enough.
fn check<M: Model, B: Batch<M> + ?Sized>(batch: &B, needed: usize, available: usize) -> Result<usize, PassError> {
    if batch.is_empty() {
        return Err(PassError::EmptyBatch);
    }
    if available < needed {
        return Err(PassError::TooFewTiles { needed, available });
    }
    batch.check()?;
    Ok(batch.len())
}

/// How many of `samples` samples are in a tile, by its number.
fn columns_of<const COLUMNS: usize>(samples: usize, tile: usize) -> usize {
    COLUMNS.min(samples - tile * COLUMNS)
}

/// Loads a batch into as many tiles as it takes and goes forward through all stages; leaves the batch's statistics.
fn forward_batch<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(
    model: &M,
    batch: &B,
    pass: Pass,
    heads: HeadSet,
    tiles: &mut [Tile<M, COLUMNS>],
    statistics: &mut M::Statistics,
) {
    let samples = batch.len();
    flat::set_zero(statistics);
    for (number, tile) in tiles.iter_mut().enumerate() {
        load(batch, number * COLUMNS, tile);
    }
    for stage in 0..M::STAGES {
        for (number, tile) in tiles.iter_mut().enumerate() {
            let pass = Pass { first_sample: number * COLUMNS, ..pass };
            forward_tile(model, pass, heads, statistics, tile, columns_of::<COLUMNS>(samples, number), stage..stage + 1);
        }
        for (number, tile) in tiles.iter().enumerate() {
            M::observe(stage, &tile.values, columns_of::<COLUMNS>(samples, number), statistics);
        }
    }
}

/// The losses of all tiles, and the gradients at the end of each flow.
fn loss_batch<M: Model, const COLUMNS: usize>(
    heads: HeadSet,
    tiles: &mut [Tile<M, COLUMNS>],
    samples: usize,
    scales: &M::Losses,
    sums: &mut M::Losses,
) {
    for (number, tile) in tiles.iter_mut().enumerate() {
        loss_tile::<M, COLUMNS>(heads, tile, columns_of::<COLUMNS>(samples, number), scales, sums);
    }
}

/// Goes backward through all stages of all tiles.
fn backward_batch<M: Model, const COLUMNS: usize>(
    model: &M,
    samples: usize,
    pass: Pass,
    heads: HeadSet,
    tiles: &mut [Tile<M, COLUMNS>],
    statistics: &mut M::Statistics,
    gradient: &mut M,
) {
    for stage in (0..M::STAGES).rev() {
        for (number, tile) in tiles.iter_mut().enumerate() {
            let pass = Pass { first_sample: number * COLUMNS, fresh: pass.fresh && number == 0, ..pass };
            backward_tile(model, stage, pass, heads, statistics, tile, columns_of::<COLUMNS>(samples, number), gradient);
        }
    }
}

/// Loads up to `COLUMNS` samples from number `first` on; returns how many.
fn load<M: Model, B: Batch<M> + ?Sized, const COLUMNS: usize>(batch: &B, first: usize, tile: &mut Tile<M, COLUMNS>) -> usize {
    const { assert!(COLUMNS > 0, "a tile has one column at least") };
    let columns = COLUMNS.min(batch.len() - first);
    for column in 0..columns {
        batch.load_inputs(first + column, &mut tile.values, column);
        batch.load_targets(first + column, &mut tile.targets, column);
        tile.weights[column] = batch.weight(first + column);
    }
    columns
}

fn forward_tile<M: Model, const COLUMNS: usize>(
    model: &M,
    pass: Pass,
    heads: HeadSet,
    statistics: &M::Statistics,
    tile: &mut Tile<M, COLUMNS>,
    columns: usize,
    stages: core::ops::Range<usize>,
) {
    struct Forward<'a, M: Model, const COLUMNS: usize> {
        model: &'a M,
        pass: Pass,
        heads: HeadSet,
        statistics: &'a M::Statistics,
        values: &'a mut M::Values<COLUMNS>,
        columns: usize,
        stages: core::ops::Range<usize>,
    }
    impl<M: Model, const COLUMNS: usize> Kernel for Forward<'_, M, COLUMNS> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            for stage in self.stages {
                self.model.forward::<S, COLUMNS>(stage, self.pass, self.heads, self.statistics, self.values, self.columns);
            }
        }
    }
    dispatch(Forward { model, pass, heads, statistics, values: &mut tile.values, columns, stages });
}

fn loss_tile<M: Model, const COLUMNS: usize>(heads: HeadSet, tile: &mut Tile<M, COLUMNS>, columns: usize, scales: &M::Losses, sums: &mut M::Losses) {
    struct Loss<'a, M: Model, const COLUMNS: usize> {
        heads: HeadSet,
        tile: &'a mut Tile<M, COLUMNS>,
        columns: usize,
        scales: &'a M::Losses,
        sums: &'a mut M::Losses,
    }
    impl<M: Model, const COLUMNS: usize> Kernel for Loss<'_, M, COLUMNS> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let Tile { values, gradients, targets, weights } = self.tile;
            M::loss::<S, COLUMNS>(self.heads, values, targets, &weights[..self.columns], self.columns, self.scales, gradients, self.sums);
        }
    }
    dispatch(Loss { heads, tile, columns, scales, sums });
}

/// As [`loss_tile`], of all heads as they are reported.
fn measure_tile<M: Model, const COLUMNS: usize>(tile: &mut Tile<M, COLUMNS>, columns: usize, sums: &mut M::Losses) {
    struct Measure<'a, M: Model, const COLUMNS: usize> {
        tile: &'a mut Tile<M, COLUMNS>,
        columns: usize,
        sums: &'a mut M::Losses,
    }
    impl<M: Model, const COLUMNS: usize> Kernel for Measure<'_, M, COLUMNS> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let Tile { values, gradients, targets, weights } = self.tile;
            M::measure::<S, COLUMNS>(values, targets, &weights[..self.columns], self.columns, gradients, self.sums);
        }
    }
    dispatch(Measure { tile, columns, sums });
}

#[allow(clippy::too_many_arguments, reason = "what a backward pass needs")]
fn backward_tile<M: Model, const COLUMNS: usize>(
    model: &M,
    stage: usize,
    pass: Pass,
    heads: HeadSet,
    statistics: &mut M::Statistics,
    tile: &mut Tile<M, COLUMNS>,
    columns: usize,
    gradient: &mut M,
) {
    struct Backward<'a, M: Model, const COLUMNS: usize> {
        model: &'a M,
        stage: usize,
        pass: Pass,
        heads: HeadSet,
        statistics: &'a mut M::Statistics,
        tile: &'a mut Tile<M, COLUMNS>,
        columns: usize,
        gradient: &'a mut M,
    }
    impl<M: Model, const COLUMNS: usize> Kernel for Backward<'_, M, COLUMNS> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            let Tile { values, gradients, .. } = self.tile;
            self.model.backward::<S, COLUMNS>(self.stage, self.pass, self.heads, self.statistics, values, gradients, self.columns, self.gradient);
        }
    }
    dispatch(Backward { model, stage, pass, heads, statistics, tile, columns, gradient });
}

/// `weightₕ / labelsₕ`: what a sample's loss counts in the combined loss; 0 for a head without labels.
pub(crate) fn scales<M: Model, B: Batch<M> + ?Sized>(batch: &B, weights: &M::Losses) -> M::Losses {
    let mut scales = *weights;
    for (head, scale) in scales.as_mut_slice().iter_mut().enumerate() {
        let labels = batch.labels(head);
        *scale = if labels == 0 { M::Scalar::ZERO } else { *scale / M::Scalar::from_f64(labels as f64) };
    }
    scales
}

/// Sums over the samples to means over those with a label.
pub(crate) fn means<M: Model, B: Batch<M> + ?Sized>(batch: &B, mut sums: M::Losses) -> M::Losses {
    for (head, sum) in sums.as_mut_slice().iter_mut().enumerate() {
        *sum /= M::Scalar::from_f64(batch.labels(head).max(1) as f64);
    }
    sums
}
