//! Evaluating a model on a data set: losses and metrics by head.

use crate::Model;
use crate::report::Report;

/// A model whose heads can be measured. `multitask!` implements it beside [`Model`].
pub trait Evaluate: Model {
    /// One field a head, with its loss, its labels and its metrics.
    type Report: Report + Send + 'static;
    /// Predictions and targets of every head that has metrics: a [`Labelled`](crate::metric::Labelled) each.
    type Collected: Default;

    /// Appends the outputs and targets of the first `columns` samples of a tile, of each head those that have its label.
    fn collect<const COLUMNS: usize>(
        values: &Self::Values<COLUMNS>,
        targets: &Self::TargetColumns<COLUMNS>,
        columns: usize,
        collected: &mut Self::Collected,
    );

    /// Makes the report: `loss` is the combined loss; `losses` and `labels` are each head's mean loss (NaN for a head
    /// without a label) and number of labels, in the order of declaration.
    fn report(loss: f64, losses: &[f64], labels: &[usize], collected: &Self::Collected) -> Self::Report;
}
