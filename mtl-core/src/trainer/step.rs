//! One step of training: a batch to a gradient, a gradient to a move.

use core::ops::{ControlFlow, Range};
use std::vec::Vec;

use super::balancing::StepError;
use super::callback::Step;
use super::epoch::Trained;
use super::error::TrainError;
use super::logging::log_step;
use super::run::Run;
use super::session::Session;
use super::span::Span;
use crate::data::Rows;
use crate::evaluate::Evaluate;
use crate::flat::Flat;
use crate::kernel::scalar::Scalar;
use crate::layer::context::Pass;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::optimizer::Optimizer;
use crate::schedule::Progress;

impl<M: Evaluate, O: Optimizer<M::Scalar>> Run<'_, '_, M, O> {
    /// Trains on a batch: the rows of `order` in the range `batch`. Breaks where a callback ends training.
    pub(super) fn step(
        &mut self,
        epoch: usize,
        order: &mut Vec<usize>,
        batch: Range<usize>,
        trained: &mut Trained,
    ) -> Result<ControlFlow<()>, TrainError> {
        let number = self.session.training.optimizer.step + 1;
        let _span = Span::step(number);
        let learning_rate = self.learning_rate(epoch, number)?;
        trained.learning_rate = learning_rate;
        trained.penalty += self.session.model.penalty(None).to_f64() * batch.len() as f64;
        let pass = Pass { frozen: self.untouched.blocks, forgets: self.forgets, ..Pass::train(self.session.training.keys.bits()) };
        let in_epoch = (batch.start / self.batch_size) as u64 + 1;
        let losses = self.gradient(order, batch.clone(), pass).map_err(|error| error.at::<M>(epoch, number))?;
        self.descend(&losses, learning_rate, epoch, number)?;
        let batch = Rows::new(self.dataset, &order[batch]);
        self.balance(&batch, pass, learning_rate).map_err(|error| error.at::<M>(epoch, number))?;
        let labelled = trained.means.add_heads::<M>(self.heads, &losses, &batch);
        let (of, steps_per_epoch) = (self.all_steps(), self.steps_per_epoch);
        let step = Step { epoch, number, of, in_epoch, steps_per_epoch, learning_rate, losses: &shown::<M>(&losses, labelled) };
        for log in self.logs.iter_mut() {
            if log.every().is_some_and(|every| number.is_multiple_of(every)) {
                log_step(&mut **log, &step)?;
            }
        }
        let mut flow = ControlFlow::Continue(());
        for callback in self.callbacks.iter_mut() {
            // The others see the step too.
            if callback.on_step_end(&step, &self.session.model).is_break() {
                flow = ControlFlow::Break(());
            }
        }
        Ok(flow)
    }

    /// How many steps all epochs have.
    pub(super) const fn all_steps(&self) -> u64 {
        self.steps_per_epoch.saturating_mul(self.epochs as u64)
    }

    /// The learning rate of a step: that of the optimizer times the factor of the schedule.
    pub(super) fn learning_rate(&self, epoch: usize, step: u64) -> Result<f64, TrainError> {
        let progress = Progress { step: step - 1, steps: self.all_steps(), steps_per_epoch: self.steps_per_epoch };
        let learning_rate = self.optimizer.learning_rate() * self.schedule.factor(progress);
        if learning_rate >= 0.0 && M::Scalar::from_f64(learning_rate).is_finite() {
            Ok(learning_rate)
        } else {
            Err(TrainError::InvalidLearningRate { learning_rate, epoch, step })
        }
    }

    /// The gradient of a batch, in the workspace, by several threads if the batch is large; returns the losses by head.
    fn gradient(&mut self, order: &mut Vec<usize>, batch: Range<usize>, pass: Pass) -> Result<M::Losses, StepError> {
        let model = &mut self.session.model;
        if self.balancer.is_none() && self.team.takes(batch.len()) {
            return Ok(self.workspace.gradient_by(&self.team, model, order, batch, pass, self.heads));
        }
        let batch = Rows::new(self.dataset, &order[batch]);
        self.workspace.gradient(model, &batch, pass, self.heads, self.balancer.as_mut())
    }

    /// Moves the parameters and the moving statistics. After an error the model is as it was before.
    fn descend(&mut self, losses: &M::Losses, learning_rate: f64, epoch: usize, step: u64) -> Result<(), TrainError> {
        let Session { model, training, .. } = &mut self.session;
        self.untouched.drop_gradient::<M>(&mut self.workspace.gradient);
        self.workspace.check(losses, epoch, step)?;
        let finite = training.optimizer.apply(self.optimizer, learning_rate, self.clip, model, &mut self.workspace.gradient)?;
        model.update_statistics(self.heads, &self.workspace.statistics);
        self.untouched.restore::<M>(model);
        let settled = training.optimizer.settle(finite, model, &self.workspace.gradient);
        settled.map_err(|parameter| TrainError::NonFiniteParameter { parameter, epoch, step })
    }

    /// Tells the balancing strategy what the step did. After an error the model is as it was before the step.
    fn balance(&mut self, batch: &Rows<'_, M>, pass: Pass, learning_rate: f64) -> Result<(), StepError> {
        let Session { model, training, .. } = &mut self.session;
        let Some(balancer) = &mut self.balancer else { return Ok(()) };
        let updated = balancer.update(model, batch, pass, self.heads, learning_rate, self.workspace.bench());
        updated.inspect_err(|_| training.optimizer.take_back(model, &self.workspace.gradient))
    }
}

/// The losses of a step as they are shown: NaN for all heads but those that had a label in it.
fn shown<M: Model>(losses: &M::Losses, labelled: HeadSet) -> M::Losses {
    let mut shown = *losses;
    let others = shown.as_mut_slice().iter_mut().enumerate().filter(|&(head, _)| !labelled.contains(head));
    others.for_each(|(_, loss)| *loss = M::Scalar::from_f64(f64::NAN));
    shown
}
