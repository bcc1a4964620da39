//! A training under way, and how it ends.

use super::checkpoint::Training;
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
    pub(super) fn restore_best(&mut self) {
        let Self { model, training, history } = self;
        history.restored = [&training.best, &training.stopping].into_iter().flatten().find_map(|watch| watch.restore(model));
    }
}

impl<M: Evaluate> Drop for Session<'_, '_, '_, M> {
    fn drop(&mut self) {
        self.restore_best();
    }
}
