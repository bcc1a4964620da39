//! A training from beginning to end.

use core::ops::ControlFlow;
use std::eprintln;

use super::Trainer;
use super::bar::Bar;
use super::checkpoint::Resume;
use super::ending::Reason;
use super::error::TrainError;
use super::history::History;
use super::interrupt::Interrupt;
use super::parallel::Team;
use super::run::Run;
use super::session::Session;
use super::span::Span;
use super::untouched::is_frozen;
use crate::adapt::{AdaptError, adapt_rows, is_new};
use crate::data::{Dataset, Rows};
use crate::evaluate::Evaluate;
use crate::model::sets::HeadSet;
use crate::optimizer::Optimizer;

/// From so many rows on it shows that data are looked at before the first epoch: by a sampler, and by layers that are measured.
const MANY_ROWS: usize = 20_000;

impl<M: Evaluate, O: Optimizer<M::Scalar>> Trainer<'_, M, O> {
    /// Trains a model epoch by epoch.
    pub(super) fn fit_model(&mut self, model: &mut M, dataset: &Dataset<M>, team: Team<'_, M>, history: &mut History<M>) -> Result<(), TrainError> {
        let interrupt = if self.stops_on_ctrl_c { Interrupt::listen() } else { Ok(Interrupt::none()) };
        let interrupt = interrupt.map_err(|error| TrainError::CtrlC { error })?;
        let bar = Bar::new(self.bar && self.report_every > 0);
        if dataset.len() >= MANY_ROWS {
            bar.prepare();
        }
        let _span = Span::fit(M::NAME, dataset.len());
        let mut plan = self.plan(dataset)?;
        if self.epochs == 0 {
            return Ok(());
        }
        let resume = self.resume.clone();
        let mut run = Run::new(self, model, dataset, &mut plan, team, history)?;
        (run.bar, run.interrupt) = (bar, interrupt);
        run.begin(resume.as_ref())?;
        let mut reason = if run.session.training.course.stopped_early { Reason::StoppedEarly } else { Reason::Finished };
        for number in run.epochs_left() {
            if let ControlFlow::Break(ends) = run.epoch(number)? {
                reason = ends;
                break;
            }
        }
        run.end(reason)
    }
}

impl<M: Evaluate, O: Optimizer<M::Scalar>> Run<'_, '_, M, O> {
    /// Goes to where training begins: to a checkpoint, or to a model that is adapted to its data.
    fn begin(&mut self, resume: Option<&Resume>) -> Result<(), TrainError> {
        match resume {
            Some(resume) => self.resume(resume)?,
            None => self.adapt(self.joining.at(1))?,
        }
        let Session { model, training, .. } = &mut self.session;
        if let Some(path) = self.checkpoint {
            training.probe(model, &self.settings, path)?;
        }
        // In a training that begins, none yet.
        self.heads = training.optimizer.joined();
        self.choose_parameters();
        self.begin_logs()?;
        self.callbacks.iter_mut().for_each(|callback| callback.on_training_begin(&self.session.model));
        Ok(())
    }

    /// Goes on from a checkpoint. The schedule is told its past again.
    fn resume(&mut self, resume: &Resume) -> Result<(), TrainError> {
        let Session { model, training, .. } = &mut self.session;
        training.read(model, &self.settings, resume)?;
        let training = &self.session.training;
        for (epoch, &loss) in (1..).zip(&training.course.monitored) {
            if self.joining.changes(epoch) || self.draws_from_others(epoch) {
                self.schedule.start_anew();
            }
            self.schedule.observe(loss);
        }
        if let (Some(balancer), Some(state)) = (&mut self.balancer, &training.strategy) {
            balancer.set_state(state)?;
        }
        Ok(())
    }

    /// Adapts the layers that are measured and were never adapted, of what serves some heads and is not frozen.
    pub(super) fn adapt(&mut self, heads: HeadSet) -> Result<(), AdaptError> {
        let Session { model, training, .. } = &mut self.session;
        let rows = Rows::new(self.dataset, &training.order);
        adapt_rows::<M>(model, rows, &mut self.workspace.tiles[0], |tensor, variances| {
            is_new(variances) && tensor.heads.intersects(heads) && !is_frozen(tensor.block, self.rates)
        })
    }

    /// The numbers of the epochs to come; none after an end by early stopping.
    fn epochs_left(&self) -> core::ops::RangeInclusive<usize> {
        let course = &self.session.training.course;
        let last = if course.stopped_early { course.epochs } else { self.epochs };
        course.epochs.saturating_add(1)..=last
    }

    fn end(&mut self, reason: Reason) -> Result<(), TrainError> {
        let ending = self.session.end(reason);
        self.bar = Bar::none();
        if self.report_every > 0 {
            eprintln!("{ending}");
            if let Some(path) = self.checkpoint.filter(|_| reason == Reason::CtrlC) {
                eprintln!("`resume` goes on from `{}`", path.display());
            }
        }
        let Session { model, history, .. } = &self.session;
        self.callbacks.iter_mut().for_each(|callback| callback.on_training_end(history, model));
        Ok(self.logs.iter_mut().try_for_each(|log| log.end(&ending))?)
    }
}
