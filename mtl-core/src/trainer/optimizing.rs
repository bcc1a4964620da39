//! An optimizer at work on a whole model: what it remembers, what it moves, and what is taken back.

use core::ops::Range;
use std::boxed::Box;
use std::vec::Vec;

use crate::clip::Clip;
use crate::flat::{self, Aligned};
use crate::model::sets::HeadSet;
use crate::model::{Model, ranges_of};
use crate::optimizer::{Optimizer, all_finite, descend};
use crate::setting::InvalidSetting;

/// What an optimizer remembers, for a whole model.
pub(super) struct OptimizerState<M: Model> {
    /// The steps taken.
    pub(super) step: u64,
    /// By head, how many steps were over when it joined, if it has.
    pub(super) joined: Vec<Option<u64>>,
    /// The optimizer's slots, as many as it needs.
    pub(super) slots: [Option<Box<Aligned<M>>>; 3],
    trained: Vec<Stretch>,
    /// The stretches that gradients do not move: statistics.
    untrained: Vec<Range<usize>>,
}

/// A stretch of parameters that are trained.
struct Stretch {
    range: Range<usize>,
    /// The factor on their learning rate.
    factor: f64,
    /// How many steps were over when they were trained first: an optimizer that counts steps counts those that they had.
    joined: u64,
}

impl<M: Model> OptimizerState<M> {
    /// Before the first step; nothing is trained yet.
    pub(super) fn new<O: Optimizer<M::Scalar>>(optimizer: &O) -> Self {
        let slots = core::array::from_fn(|slot| (slot < optimizer.slots()).then(flat::zeroed_box));
        let untrained = ranges_of(M::PARAMETERS, |tensor| !tensor.trainable).collect();
        Self { step: 0, joined: std::vec![None; M::HEADS.len()], slots, trained: Vec::new(), untrained }
    }

    /// The heads that have joined.
    pub(super) fn joined(&self) -> HeadSet {
        (0..self.joined.len()).filter(|&head| self.joined[head].is_some()).collect()
    }

    /// Those of some heads that have not joined yet do so now.
    pub(super) fn join(&mut self, heads: HeadSet) {
        for (_, joined) in self.joined.iter_mut().enumerate().filter(|&(head, _)| heads.contains(head)) {
            joined.get_or_insert(self.step);
        }
    }

    /// From here on what serves `heads` is trained, but for blocks whose learning rate has a factor of 0. The rest is left as it is, by
    /// decay and old momentum too.
    pub(super) fn train(&mut self, heads: HeadSet, rates: &[(&'static str, f64)]) {
        self.trained.clear();
        for tensor in M::PARAMETERS.iter().filter(|tensor| tensor.is_trained_for(heads)) {
            let factor = rates.iter().find(|(block, _)| *block == tensor.block).map_or(1.0, |&(_, factor)| factor);
            if factor == 0.0 {
                continue;
            }
            let range = tensor.offset..tensor.offset + tensor.len;
            let served = (0..M::HEADS.len()).filter(|&head| heads.contains(head) && tensor.heads.contains(head));
            let joined = served.filter_map(|head| self.joined[head]).min().unwrap_or(0);
            match self.trained.last_mut() {
                Some(last) if last.range.end == range.start && last.factor == factor && last.joined == joined => last.range.end = range.end,
                Some(_) | None => self.trained.push(Stretch { range, factor, joined }),
            }
        }
    }

    /// Clips the gradient and moves the parameters. `gradient` becomes the model as it was before, for [`settle`](Self::settle) and
    /// [`take_back`](Self::take_back).
    ///
    /// Returns whether all that was moved is finite.
    pub(super) fn apply<O: Optimizer<M::Scalar>>(
        &mut self,
        optimizer: &O,
        learning_rate: f64,
        clip: Option<Clip>,
        model: &mut M,
        gradient: &mut M,
    ) -> Result<bool, InvalidSetting> {
        if let Some(clip) = clip {
            clip.apply(gradient.as_mut_slice(), M::PARAMETERS)?;
        }
        self.step += 1;
        let (model, gradient) = (model.as_mut_slice(), gradient.as_mut_slice());
        for range in &self.untrained {
            gradient[range.clone()].copy_from_slice(&model[range.clone()]);
        }
        let mut finite = true;
        for Stretch { range, factor, joined } in &self.trained {
            let slots = self.slots.each_mut().map(|slot| slot.as_mut().map_or(&mut [][..], |slot| &mut slot.as_mut_slice()[range.clone()]));
            let (parameters, gradient) = (&mut model[range.clone()], &mut gradient[range.clone()]);
            finite &= descend::<_, _, CHUNK>(optimizer, learning_rate * factor, self.step - joined, parameters, gradient, slots);
        }
        Ok(finite)
    }

    /// After a step, `moved_finite` being what [`apply`](Self::apply) returned: where anything is not finite, the model becomes what it was
    /// before, and the error is the first tensor that is not, or of which the optimizer keeps what is not.
    pub(super) fn settle(&self, moved_finite: bool, model: &mut M, before: &M) -> Result<(), &'static str> {
        let finite = |model: &M, range: &Range<usize>| all_finite(&model.as_slice()[range.clone()]);
        if moved_finite && self.untrained.iter().all(|range| finite(model, range)) {
            return Ok(());
        }
        let broken = M::PARAMETERS.iter().find(|tensor| {
            let range = tensor.offset..tensor.offset + tensor.len;
            !finite(model, &range) || self.slots.iter().flatten().any(|slot| !finite(slot, &range))
        });
        self.take_back(model, before);
        Err(broken.map_or(M::NAME, |tensor| tensor.path))
    }

    /// Gives the model what it was before the last step; what the optimizer remembers stays.
    pub(super) fn take_back(&self, model: &mut M, before: &M) {
        for range in self.trained.iter().map(|stretch| &stretch.range).chain(&self.untrained) {
            model.as_mut_slice()[range.clone()].copy_from_slice(&before.as_slice()[range.clone()]);
        }
    }
}

/// How many parameters are moved at once: they, the gradient and the slots stay in the cache.
const CHUNK: usize = 1024;
