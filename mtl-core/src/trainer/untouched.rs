//! What a training leaves alone.

use core::ops::Range;
use std::vec::Vec;

use crate::kernel::scalar::Scalar;
use crate::model::sets::{BlockSet, HeadSet};
use crate::model::{Model, ranges_of};

/// Frozen blocks, whose learning rate has a factor of 0, and what serves no head that is trained.
///
/// The optimizer does not see their parameters, so that neither decay nor old momentum moves them; here is what else would have a say.
#[derive(Default)]
pub(super) struct Untouched<T> {
    /// The frozen blocks by their numbers.
    pub(super) blocks: BlockSet,
    /// The trainable parameters that are left alone.
    stretches: Vec<Range<usize>>,
    /// Where the statistics of frozen blocks begin, and what they are.
    statistics: Vec<(usize, Vec<T>)>,
}

impl<T: Scalar> Untouched<T> {
    pub(super) fn new<M: Model<Scalar = T>>(model: &M, rates: &[(&'static str, f64)], heads: HeadSet) -> Self {
        let is_frozen = |block: &str| is_frozen(block, rates);
        let numbers = (0..M::BLOCKS.len()).filter(|&number| is_frozen(M::BLOCKS[number]));
        let untouched = |tensor: &crate::model::ParameterInfo| tensor.trainable && (is_frozen(tensor.block) || !tensor.is_trained_for(heads));
        let frozen_statistics = |tensor: &crate::model::ParameterInfo| !tensor.trainable && is_frozen(tensor.block);
        Self {
            blocks: numbers.fold(BlockSet::NONE, |set, number| set.with(BlockSet::only(number))),
            stretches: ranges_of(M::PARAMETERS, untouched).collect(),
            statistics: ranges_of(M::PARAMETERS, frozen_statistics).map(|range| (range.start, model.as_slice()[range].to_vec())).collect(),
        }
    }

    /// Penalties, and layers that compute a gradient all the same, have no say in the length of the gradient.
    pub(super) fn drop_gradient<M: Model<Scalar = T>>(&self, gradient: &mut M) {
        for range in &self.stretches {
            gradient.as_mut_slice()[range.clone()].fill(T::ZERO);
        }
    }

    /// Gives the model the statistics of frozen blocks back.
    pub(super) fn restore<M: Model<Scalar = T>>(&self, model: &mut M) {
        for (start, values) in &self.statistics {
            model.as_mut_slice()[*start..*start + values.len()].copy_from_slice(values);
        }
    }
}

/// Whether the learning rate of a block has a factor of 0.
pub(super) fn is_frozen(block: &str, rates: &[(&'static str, f64)]) -> bool {
    rates.iter().any(|&(name, factor)| name == block && factor == 0.0)
}
