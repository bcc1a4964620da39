//! A training under way, and how it ends.

use super::checkpoint::Training;
use super::ending::{Ending, Reason, Restored};
use super::history::History;
use super::working::Working;
use crate::evaluate::Evaluate;

/// A training under way: the model, what changes beside it, and what happened so far.
///
/// However it ends, by its last epoch, an error or a panic, the model is given the best parameters where they are kept.
pub(super) struct Session<'m, 'w, 'h, M: Evaluate> {
    pub(super) model: Working<'m, M>,
    pub(super) training: Training<'w, M, M::Report>,
    pub(super) history: &'h mut History<M>,
}

impl<M: Evaluate> Session<'_, '_, '_, M> {
    /// Gives the model the best parameters where they are kept: by best weights first, else by early stopping.
    pub(super) fn restore_best(&mut self) -> Option<Restored> {
        let Self { model, training, history } = self;
        let last = history.reports().last();
        let restored = [&training.best, &training.stopping].into_iter().flatten().find_map(|watch| watch.restore(model, last));
        history.restored = restored.as_ref().map(|restored| restored.epoch);
        restored
    }

    /// Ends the training for a reason.
    pub(super) fn end(&mut self, reason: Reason) -> Ending {
        let restored = self.restore_best();
        let Self { training, history, .. } = self;
        let is_whole = training.within.is_none();
        let epoch = training.course.epochs + usize::from(!is_whole);
        let ending = Ending { reason, epoch, step: training.optimizer.step, is_whole, restored };
        history.ending = Some(ending.clone());
        ending
    }
}

impl<M: Evaluate> Drop for Session<'_, '_, '_, M> {
    fn drop(&mut self) {
        self.restore_best();
    }
}
