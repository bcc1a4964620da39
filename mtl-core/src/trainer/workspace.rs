//! The memory of a training, allocated once.

use core::ops::Range;
use std::boxed::Box;
use std::vec::Vec;

use super::balancing::{Balancer, Bench, StepError};
use super::error::TrainError;
use super::parallel::Team;
use super::working::Working;
use crate::data::Rows;
use crate::flat::{self, Aligned, Flat};
use crate::kernel::scalar::Scalar;
use crate::layer::context::Pass;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::optimizer::all_finite;
use crate::pass::{self, TILE, Tile};

/// All that a step needs beside the model and the data, allocated once.
pub(super) struct Workspace<M: Model> {
    pub(super) tiles: Box<[Tile<M, TILE>]>,
    pub(super) statistics: Box<M::Statistics>,
    pub(super) gradient: Box<Aligned<M>>,
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
                Ok(pass::value_and_gradient(pass::Work { model, pass, heads }, batch, loss_weights, pass::Memory { tiles, statistics }, gradient)?)
            }
        }
    }

    /// As [`gradient`](Self::gradient), of a batch that is cut into groups for several threads.
    pub(super) fn gradient_by(
        &mut self,
        team: &Team<'_, M>,
        model: &mut Working<'_, M>,
        order: &mut Vec<usize>,
        batch: Range<usize>,
        pass: Pass,
        heads: HeadSet,
    ) -> M::Losses {
        let Self { tiles, statistics, gradient, loss_weights } = self;
        team.gradient(model, order, batch, pass, heads, loss_weights, &mut tiles[0], statistics, gradient)
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
