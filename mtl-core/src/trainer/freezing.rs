//! Blocks that are not trained.

use core::ops::Range;
use std::vec::Vec;

use crate::Scalar;
use crate::model::{BlockSet, Model};

/// The blocks whose learning rate has a factor of 0.
pub(super) struct Frozen<T> {
    /// By their numbers.
    pub(super) blocks: BlockSet,
    /// Their trainable parameters.
    stretches: Vec<Range<usize>>,
    /// Where their statistics begin, and what they are.
    statistics: Vec<(usize, Vec<T>)>,
}

impl<T: Scalar> Frozen<T> {
    pub(super) fn new<M: Model<Scalar = T>>(model: &M, rates: &[(&'static str, f64)]) -> Self {
        let is_frozen = |block: &str| rates.iter().any(|&(name, factor)| name == block && factor == 0.0);
        let numbers = (0..M::BLOCKS.len()).filter(|&number| is_frozen(M::BLOCKS[number]));
        let (mut stretches, mut statistics) = (Vec::new(), Vec::new());
        for tensor in M::PARAMETERS.iter().filter(|tensor| is_frozen(tensor.block)) {
            let range = tensor.offset..tensor.offset + tensor.len;
            if tensor.trainable {
                stretches.push(range);
            } else {
                statistics.push((range.start, model.as_slice()[range].to_vec()));
            }
        }
        Self { blocks: numbers.fold(BlockSet::NONE, |set, number| set.with(BlockSet::only(number))), stretches, statistics }
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
