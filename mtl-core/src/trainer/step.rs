//! One step of training: a batch to a gradient, a gradient to a move.

use core::ops::Range;
use std::boxed::Box;
use std::vec::Vec;

use super::TrainError;
use super::balancing::{Balancer, Bench, StepError};
use crate::Scalar;
use crate::clip::Clip;
use crate::data::Rows;
use crate::flat::{self, Flat};
use crate::layer::Pass;
use crate::model::{HeadSet, Model};
use crate::optimizer::Optimizer;
use crate::pass::{self, TILE, Tile};

/// All that a step needs beside the model and the data, allocated once.
pub(super) struct Workspace<M: Model> {
    pub(super) tiles: Box<[Tile<M, TILE>]>,
    pub(super) statistics: Box<M::Statistics>,
    pub(super) gradient: Box<M>,
    pub(super) loss_weights: M::Losses,
}

impl<M: Model> Workspace<M> {
    /// For batches of up to `samples`.
    pub(super) fn new(samples: usize, balancer: Option<&Balancer<'_, M>>) -> Self {
        let keeps_tiles = balancer.is_some_and(Balancer::keeps_tiles);
        Self {
            tiles: flat::zeroed_slice(if keeps_tiles { samples.div_ceil(TILE) } else { pass::tiles_needed::<M>(samples, TILE) }),
            statistics: flat::zeroed_box(),
            gradient: flat::zeroed_box(),
            loss_weights: M::loss_weights(),
        }
    }

    /// Turns a batch into `self.gradient`, that of the heads' losses, balanced or weighted as declared, and `self.statistics`;
    /// returns the losses by head.
    pub(super) fn gradient(
        &mut self,
        model: &M,
        batch: &Rows<'_, M>,
        pass: Pass,
        heads: HeadSet,
        balancer: Option<&mut Balancer<'_, M>>,
    ) -> Result<M::Losses, StepError> {
        match balancer {
            Some(balancer) => balancer.gradient(model, batch, pass, heads, self.bench()),
            None => {
                let Self { tiles, statistics, gradient, loss_weights } = self;
                Ok(pass::value_and_gradient(model, batch, pass, heads, loss_weights, tiles, statistics, gradient)?)
            }
        }
    }

    pub(super) fn bench(&mut self) -> Bench<'_, M, TILE> {
        Bench { tiles: &mut self.tiles, statistics: &mut self.statistics, gradient: &mut self.gradient }
    }

    /// Losses and gradient are finite.
    pub(super) fn check(&self, losses: &M::Losses, epoch: usize, step: u64) -> Result<(), TrainError> {
        for (head, loss) in M::HEADS.iter().zip(losses.as_slice()) {
            if !loss.is_finite() {
                return Err(TrainError::NonFiniteLoss { head: head.name, loss: loss.to_f64(), epoch, step });
            }
        }
        let gradient = self.gradient.as_slice();
        if all_finite(gradient) {
            return Ok(());
        }
        let broken = M::PARAMETERS.iter().find(|tensor| tensor.trainable && !all_finite(&gradient[tensor.offset..tensor.offset + tensor.len]));
        broken.map_or(Ok(()), |tensor| Err(TrainError::NonFiniteGradient { parameter: tensor.path, epoch, step }))
    }
}

/// `x · 0` is 0 for every finite x and NaN for others: a sum that the compiler can vectorise, unlike a search.
fn all_finite<T: Scalar>(values: &[T]) -> bool {
    let mut sums = [T::ZERO; 16];
    let chunks = values.chunks_exact(16);
    let rest: T = chunks.remainder().iter().map(|&value| value * T::ZERO).sum();
    for chunk in chunks {
        for (sum, &value) in sums.iter_mut().zip(chunk) {
            *sum += value * T::ZERO;
        }
    }
    sums.iter().copied().sum::<T>() + rest == T::ZERO
}

/// What an optimizer remembers, for a whole model.
pub(super) struct OptimizerState<T> {
    /// The steps taken.
    step: u64,
    /// The optimizer's slots, each as long as the model, or empty if it does not need so many.
    slots: [Box<[T]>; 3],
    /// The stretches of parameters that are trained, with the factor on their learning rate.
    trained: Vec<(Range<usize>, f64)>,
}

impl<T: Scalar> OptimizerState<T> {
    pub(super) fn new<M: Model<Scalar = T>, O: Optimizer<T>>(optimizer: &O, rates: &[(&'static str, f64)]) -> Self {
        let mut trained: Vec<(Range<usize>, f64)> = Vec::new();
        for tensor in M::PARAMETERS.iter().filter(|tensor| tensor.trainable) {
            let factor = rates.iter().find(|(block, _)| *block == tensor.block).map_or(1.0, |&(_, factor)| factor);
            let range = tensor.offset..tensor.offset + tensor.len;
            match trained.last_mut() {
                Some((last, of_last)) if last.end == range.start && *of_last == factor => last.end = range.end,
                Some(_) | None if factor != 0.0 => trained.push((range, factor)),
                Some(_) | None => {}
            }
        }
        let slots = core::array::from_fn(|slot| flat::zeroed_slice(if slot < optimizer.slots() { M::LEN } else { 0 }));
        Self { step: 0, slots, trained }
    }

    /// The steps taken.
    pub(super) const fn step(&self) -> u64 {
        self.step
    }

    /// Clips the gradient and moves the parameters.
    pub(super) fn apply<M: Model<Scalar = T>, O: Optimizer<T>>(
        &mut self,
        optimizer: &O,
        learning_rate: f64,
        clip: Option<Clip>,
        model: &mut M,
        gradient: &mut M,
    ) {
        if let Some(clip) = clip {
            clip.apply(gradient.as_mut_slice(), M::PARAMETERS);
        }
        self.step += 1;
        for (range, factor) in &self.trained {
            let slots = self.slots.each_mut().map(|slot| if slot.is_empty() { &mut [][..] } else { &mut slot[range.clone()] });
            optimizer.update(learning_rate * factor, self.step, &mut model.as_mut_slice()[range.clone()], &gradient.as_slice()[range.clone()], slots);
        }
    }
}
