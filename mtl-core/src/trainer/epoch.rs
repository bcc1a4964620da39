//! One epoch of training: heads join, rows are drawn, steps are taken, and what came out is looked at.

use core::ops::ControlFlow;
use std::borrow::ToOwned;
use std::eprintln;
use std::time::Instant;
use std::vec::Vec;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::balancing::Balancer;
use super::early_stopping::{Verdict, Watch};
use super::error::TrainError;
use super::history::{Epoch, HeadLoss};
use super::run::Run;
use super::sampler::SampleError;
use super::session::Session;
use super::warning;
use crate::data::Rows;
use crate::evaluate::{Evaluate, HeadMeans, evaluate_rows};
use crate::optimizer::Optimizer;
use crate::random::{Purpose, Random};

/// What the steps of an epoch add up to.
pub(super) struct Trained {
    /// How many samples were trained on.
    samples: usize,
    pub(super) means: HeadMeans,
    /// The penalties, times the samples of their steps.
    pub(super) penalty: f64,
    /// The learning rate of the last step.
    pub(super) learning_rate: f64,
}

impl<M: Evaluate, O: Optimizer<M::Scalar>> Run<'_, '_, M, O> {
    /// Trains for an epoch; breaks where it is the last.
    pub(super) fn epoch(&mut self, number: usize) -> Result<ControlFlow<()>, TrainError> {
        let start = Instant::now();
        self.begin_epoch(number)?;
        let mut order = self.draw(number)?;
        let trained = self.steps(number, &mut order)?;
        self.keep(order);
        self.record(number, start, trained)?;
        self.end_epoch(number)
    }

    /// Heads that begin with this epoch join.
    fn begin_epoch(&mut self, number: usize) -> Result<(), TrainError> {
        self.callbacks.iter_mut().for_each(|callback| callback.on_epoch_begin(number, &self.session.model));
        let heads = self.joining.at(number);
        let others_before = heads != self.heads;
        if others_before {
            self.heads = heads;
            self.session.training.optimizer.join(heads);
            if number > 1 {
                self.adapt(heads)?;
                let training = &mut self.session.training;
                [&mut training.stopping, &mut training.best].into_iter().flatten().for_each(Watch::start_anew);
            }
            self.choose_parameters();
        }
        if number > 1 && (others_before || self.draws_from_others(number)) {
            self.schedule.start_anew();
        }
        Ok(())
    }

    /// The rows of an epoch, to be [kept](Self::keep) after it.
    fn draw(&mut self, number: usize) -> Result<Vec<usize>, SampleError> {
        let Some(sampler) = &mut self.sampler else {
            let training = &mut self.session.training;
            if self.shuffle {
                training.shuffling.shuffle(&mut training.order);
            }
            return Ok(core::mem::take(&mut training.order));
        };
        // From the seed and the epoch alone, so that a training which goes on from a checkpoint draws the same rows.
        let seed = Random::new(self.seed.wrapping_add(number as u64), Purpose::Samples).bits();
        let mut drawn = core::mem::take(&mut self.drawn);
        drawn.clear();
        sampler.epoch(number, &mut Xoshiro256PlusPlus::seed_from_u64(seed), &mut drawn);
        check_order(&drawn, self.dataset.len())?;
        Ok(drawn)
    }

    fn keep(&mut self, order: Vec<usize>) {
        *(if self.sampler.is_some() { &mut self.drawn } else { &mut self.session.training.order }) = order;
    }

    /// A step for each batch of the rows.
    fn steps(&mut self, number: usize, order: &mut Vec<usize>) -> Result<Trained, TrainError> {
        let samples = order.len();
        let mut trained = Trained { samples, means: HeadMeans::new::<M>(), penalty: 0.0, learning_rate: 0.0 };
        for first in (0..samples).step_by(self.batch_size) {
            self.step(number, order, first..samples.min(first + self.batch_size), &mut trained)?;
        }
        Ok(trained)
    }

    /// Validates, tells the balancing strategy the losses, and adds the epoch to the history.
    fn record(&mut self, number: usize, start: Instant, trained: Trained) -> Result<(), TrainError> {
        let Session { model, training, history } = &mut self.session;
        let validation = self.validation.map(|rows| evaluate_rows::<M>(model, rows, self.heads, &mut self.workspace.tiles[0])).transpose()?;
        let Trained { samples, means, penalty, learning_rate } = trained;
        let losses = means.losses();
        if let Some(balancer) = &mut self.balancer {
            balancer.epoch_end(&losses).map_err(|error| TrainError::balance::<M>(error, number, training.optimizer.step))?;
        }
        if number == 1 {
            let rows = Rows::new(self.dataset, &training.order);
            // A balancing strategy weighs the heads by itself.
            let dominant = if self.balancer.is_none() { warning::dominant::<M>(&losses, self.heads) } else { None };
            history.warnings = dominant.into_iter().chain(warning::of_data(&rows, self.heads)).collect();
            if self.report_every > 0 {
                history.warnings.iter().for_each(|warning| eprintln!("warning: {warning}"));
            }
        }
        let rows = M::HEADS.iter().zip(losses).zip(means.labels());
        history.epochs.push(Epoch {
            number,
            of: self.epochs,
            learning_rate,
            loss: means.combined::<M>(self.heads) + penalty / samples as f64,
            heads: rows.map(|((head, loss), &labels)| HeadLoss { head: head.name, loss, labels }).collect(),
            validation,
            duration: start.elapsed(),
        });
        Ok(())
    }

    /// Shows the epoch to early stopping, best weights, schedule and callbacks, and writes the checkpoint.
    fn end_epoch(&mut self, number: usize) -> Result<ControlFlow<()>, TrainError> {
        let Session { model, training, history } = &mut self.session;
        let Some(epoch) = history.last() else { return Ok(ControlFlow::Break(())) };
        let mut stop = false;
        if let Some(report) = &epoch.validation {
            for watch in [&mut training.stopping, &mut training.best].into_iter().flatten() {
                stop |= watch.observe(number, report, model)? == Verdict::Stop;
            }
        }
        stop &= !self.joining.is_open(number, self.epochs);
        let monitored = epoch.monitored_loss();
        self.schedule.observe(monitored);
        training.course.epochs = number;
        training.course.stopped_early = stop;
        training.course.monitored.push(monitored);
        if let Some(path) = self.checkpoint {
            training.strategy = self.balancer.as_mut().map(Balancer::state).transpose()?;
            training.write(model, &self.settings, path)?;
        }
        for callback in self.callbacks.iter_mut() {
            stop |= callback.on_epoch_end(epoch, model).is_break();
        }
        let last = stop || number == self.epochs;
        if self.report_every > 0 && (last || number.is_multiple_of(self.report_every)) {
            eprintln!("{epoch}");
        }
        Ok(if last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
    }
}

/// A sampler gave rows, and they exist.
fn check_order(order: &[usize], rows: usize) -> Result<(), SampleError> {
    match order.iter().find(|&&row| row >= rows) {
        Some(row) => Err(SampleError::InvalidRows { found: std::format!("row {row}"), rows }),
        None if order.is_empty() => Err(SampleError::InvalidRows { found: "no rows".to_owned(), rows }),
        None => Ok(()),
    }
}
