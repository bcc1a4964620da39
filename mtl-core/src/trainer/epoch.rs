//! One epoch of training: heads join, rows are drawn, steps are taken, and what came out is looked at.

use core::ops::ControlFlow;
use std::borrow::ToOwned;
use std::time::Instant;
use std::vec::Vec;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use super::balancing::Balancer;
use super::early_stopping::{Verdict, Watch};
use super::ending::Reason;
use super::error::TrainError;
use super::history::{Epoch, HeadLoss};
use super::run::Run;
use super::sampler::SampleError;
use super::session::Session;
use super::span::Span;
use super::warning;
use crate::data::Rows;
use crate::evaluate::{Evaluate, HeadMeans, evaluate_rows};
use crate::model::Model;
use crate::optimizer::Optimizer;
use crate::random::{Purpose, Random};

/// What the steps of an epoch add up to.
pub(super) struct Trained {
    /// How many samples were trained on.
    done: usize,
    pub(super) means: HeadMeans,
    /// The penalties, times the samples of their steps.
    pub(super) penalty: f64,
    /// The learning rate of the last step.
    pub(super) learning_rate: f64,
}

impl Trained {
    fn new<M: Evaluate>() -> Self {
        Self { done: 0, means: HeadMeans::new::<M>(), penalty: 0.0, learning_rate: 0.0 }
    }

    /// All that it knows, for a checkpoint.
    pub(super) fn words(&self) -> Vec<u64> {
        [self.done as u64, self.penalty.to_bits(), self.learning_rate.to_bits()].into_iter().chain(self.means.words()).collect()
    }

    /// From [`words`](Self::words); none of none.
    pub(super) fn from_words<M: Model>(words: &[u64]) -> Result<Option<Self>, &'static str> {
        let Some((&[done, penalty, learning_rate], means)) = words.split_first_chunk() else {
            return if words.is_empty() { Ok(None) } else { Err("it has too few words") };
        };
        let means = HeadMeans::from_words::<M>(means).ok_or("it is of other heads")?;
        let (penalty, learning_rate) = (f64::from_bits(penalty), f64::from_bits(learning_rate));
        // No epoch has so many samples that counting on would overflow.
        let done = usize::try_from(done).ok().filter(|&done| done <= usize::MAX / 2 && means.labels().iter().all(|&labels| labels <= done));
        let Some(done) = done else { return Err("its counts are out of range") };
        Ok(Some(Self { done, means, penalty, learning_rate }))
    }
}

impl<M: Evaluate, O: Optimizer<M::Scalar>> Run<'_, '_, M, O> {
    /// Trains for an epoch, or goes on with one; breaks where it is the last.
    pub(super) fn epoch(&mut self, number: usize) -> Result<ControlFlow<Reason>, TrainError> {
        let _span = Span::epoch(number);
        let start = Instant::now();
        let within = self.session.training.within.take();
        self.begin_epoch(number, within.is_some())?;
        let mut order = self.draw(number, within.is_some())?;
        let mut trained = within.unwrap_or_else(Trained::new::<M>);
        self.pace.begin_epoch(trained.done);
        self.balancer.iter_mut().for_each(Balancer::begin_epoch);
        let stop = self.steps(number, &mut order, &mut trained)?;
        let is_over = trained.done >= order.len();
        self.keep(order);
        if stop == Some(Reason::CtrlC) && !is_over {
            self.leave_epoch(trained)?;
            return Ok(ControlFlow::Break(Reason::CtrlC));
        }
        self.record(number, start, trained)?;
        self.log_epoch()?;
        self.end_epoch(number, stop)
    }

    /// Keeps what was trained in an epoch that is not over.
    fn leave_epoch(&mut self, trained: Trained) -> Result<(), TrainError> {
        let Session { model, training, .. } = &mut self.session;
        training.within = Some(trained);
        if let Some(path) = self.checkpoint {
            training.strategy = self.balancer.as_mut().map(Balancer::state).transpose()?;
            training.write(model, &self.settings, path)?;
        }
        Ok(())
    }

    /// Heads that begin with this epoch join; they have, in one that goes on.
    fn begin_epoch(&mut self, number: usize, goes_on: bool) -> Result<(), TrainError> {
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
        if number > 1 && (others_before || (goes_on && self.joining.changes(number)) || self.draws_from_others(number)) {
            self.schedule.start_anew();
        }
        Ok(())
    }

    /// The rows of an epoch, to be [kept](Self::keep) after it; of one that goes on, those that it had.
    fn draw(&mut self, number: usize, goes_on: bool) -> Result<Vec<usize>, SampleError> {
        let Some(sampler) = &mut self.sampler else {
            let training = &mut self.session.training;
            if self.shuffle && !goes_on {
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

    /// A step for each batch of the rows that are left, until something ends training.
    fn steps(&mut self, number: usize, order: &mut Vec<usize>, trained: &mut Trained) -> Result<Option<Reason>, TrainError> {
        let samples = order.len();
        while trained.done < samples {
            let batch = trained.done..samples.min(trained.done + self.batch_size);
            trained.done = batch.end;
            let flow = self.step(number, order, batch, trained)?;
            if self.bar.is_due() {
                self.show(number, trained.done, &trained.means.losses());
            }
            if self.interrupt.is_requested() {
                return Ok(Some(Reason::CtrlC));
            }
            if flow.is_break() {
                return Ok(Some(Reason::Callback));
            }
        }
        Ok(None)
    }

    /// Validates, tells the balancing strategy the losses, and adds the epoch to the history.
    fn record(&mut self, number: usize, start: Instant, trained: Trained) -> Result<(), TrainError> {
        let Session { model, training, history } = &mut self.session;
        let validate = |rows| {
            let _span = Span::validate();
            evaluate_rows::<M>(model, rows, self.heads, &mut self.workspace.tiles[0])
        };
        let validation = self.validation.map(validate).transpose()?;
        let Trained { done, means, penalty, learning_rate } = trained;
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
                history.warnings.iter().for_each(|warning| self.bar.print(&std::format_args!("warning: {warning}")));
            }
        }
        let rows = M::HEADS.iter().zip(losses).zip(means.labels()).enumerate();
        let weight = |head: usize| self.balancer.as_ref().map_or(M::HEADS[head].weight, |balancer| balancer.mean_weight(head));
        let gradients = self.meter.as_mut().map(|meter| meter.measure(model, self.dataset));
        history.epochs.push(Epoch {
            number,
            of: self.epochs,
            learning_rate,
            loss: means.combined::<M>(self.heads) + penalty / done as f64,
            heads: rows
                .map(|(place, ((head, loss), &labels))| {
                    let weight = if labels == 0 { f64::NAN } else { weight(place) };
                    HeadLoss { head: head.name, loss, labels, weight }
                })
                .collect(),
            validation,
            gradients,
            duration: start.elapsed(),
        });
        Ok(())
    }

    /// Shows the epoch to early stopping, best weights, schedule and callbacks, and writes the checkpoint. `stop` ends training whatever they say.
    fn end_epoch(&mut self, number: usize, stop: Option<Reason>) -> Result<ControlFlow<Reason>, TrainError> {
        let Session { model, training, history } = &mut self.session;
        let Some(epoch) = history.last() else { return Ok(ControlFlow::Break(Reason::Finished)) };
        let mut early = false;
        if let Some(report) = &epoch.validation {
            for watch in [&mut training.stopping, &mut training.best].into_iter().flatten() {
                early |= watch.observe(number, report, model)? == Verdict::Stop;
            }
        }
        early &= !self.joining.is_open(number, self.epochs);
        let monitored = epoch.monitored_loss();
        self.schedule.observe(monitored);
        training.course.epochs = number;
        training.course.stopped_early = early;
        training.course.monitored.push(monitored);
        if let Some(path) = self.checkpoint {
            training.strategy = self.balancer.as_mut().map(Balancer::state).transpose()?;
            training.write(model, &self.settings, path)?;
        }
        let mut broken = false;
        let callbacks = &mut *self.callbacks;
        self.bar.aside(|| {
            for callback in callbacks {
                broken |= callback.on_epoch_end(epoch, model).is_break();
            }
        });
        let ends = [
            (stop.is_some(), stop.unwrap_or(Reason::Callback)),
            (early, Reason::StoppedEarly),
            (broken, Reason::Callback),
            (self.interrupt.is_requested(), Reason::CtrlC),
            (number == self.epochs, Reason::Finished),
        ];
        let reason = ends.into_iter().find_map(|(ends, reason)| ends.then_some(reason));
        if self.report_every > 0 && (reason.is_some() || number.is_multiple_of(self.report_every)) {
            self.bar.print(epoch);
        }
        Ok(reason.map_or(ControlFlow::Continue(()), ControlFlow::Break))
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
