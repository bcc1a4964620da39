//! Evaluating a model on a data set: losses and metrics by head.

use core::borrow::Borrow;
use std::vec;
use std::vec::Vec;

use crate::better::Better;
use crate::data::{DataError, Dataset, Rows};
use crate::flat::{self, Flat};
use crate::kernel::scalar::Scalar;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::pass::{self, Batch, PassError, TILE, Tile};
use crate::report::Report;

/// A model whose heads can be measured. `multitask!` implements it beside [`Model`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a model whose heads can be measured",
    note = "`multitask!` implements `Evaluate` for every model it declares"
)]
pub trait Evaluate: Model {
    /// One field a head, with its loss, its labels and its metrics.
    type Report: Report + Send + 'static;
    /// Predictions and targets of every head that has metrics: a [`Labelled`](crate::metric::Labelled) each.
    type Collected: Default;

    /// For each head which way each of its metrics improves, in the order in which the report has them.
    const METRICS: &'static [&'static [Better]];

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

    /// Measures every head on a data set, as the function [`evaluate`] does.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`].
    fn evaluate(&self, dataset: &Dataset<Self>) -> Result<Self::Report, DataError>
    where
        Self: Sized,
    {
        evaluate(self, dataset)
    }
}

/// Measures every head of a model, which may be in a `Box`, on a data set: its loss, and the metrics that it declares.
///
/// Losses are means over the samples that have the head's label, each times its sample weight; metrics do not weigh samples. Class weights are
/// for training and play no part here, label smoothing does, as in Keras.
/// The combined loss is the weighted sum, as declared, of the losses of the heads that have a label, plus penalties; NaN where none has.
///
/// # Errors
///
/// [`DataError::Empty`].
pub fn evaluate<M: Evaluate, B: Borrow<M> + ?Sized>(model: &B, dataset: &Dataset<M>) -> Result<M::Report, DataError> {
    let rows: Vec<usize> = (0..dataset.len()).collect();
    let mut tile = flat::zeroed_box::<Tile<M, TILE>>();
    evaluate_rows(model.borrow(), Rows::new(dataset, &rows), HeadSet::ALL, &mut tile).map_err(|_| DataError::Empty)
}

/// How many samples are summed in the model's own precision before the sums go on in `f64`.
const CHUNK: usize = 8 * TILE;

/// As [`evaluate`], for some rows; of the heads' losses those of `heads` are combined.
pub(crate) fn evaluate_rows<M: Evaluate>(model: &M, rows: Rows<'_, M>, heads: HeadSet, tile: &mut Tile<M, TILE>) -> Result<M::Report, PassError> {
    report_rows(rows, heads, tile, model.penalty(None).to_f64(), |_, _, columns, tile| pass::predict_tile(model, tile, columns))
}

/// The report on some rows, whose values `forward` computes: it is given the rows, the number of the first one of a tile, how many the tile has,
/// and the tile.
pub(crate) fn report_rows<M: Evaluate>(
    rows: Rows<'_, M>,
    heads: HeadSet,
    tile: &mut Tile<M, TILE>,
    penalty: f64,
    mut forward: impl FnMut(&Rows<'_, M>, usize, usize, &mut Tile<M, TILE>),
) -> Result<M::Report, PassError> {
    if rows.is_empty() {
        return Err(PassError::EmptyBatch);
    }
    let mut collected = M::Collected::default();
    let mut means = HeadMeans::new::<M>();
    for first in (0..rows.len()).step_by(CHUNK) {
        let chunk = rows.slice(first..rows.len().min(first + CHUNK));
        let losses = pass::evaluate_with(
            &chunk,
            tile,
            |first, columns, tile| forward(&chunk, first, columns, tile),
            |values, targets, _, columns| M::collect(values, targets, columns, &mut collected),
        )?;
        means.add::<M>(&losses, &chunk);
    }
    Ok(M::report(means.combined::<M>(heads) + penalty, &means.losses(), &means.labels, &collected))
}

/// The mean loss of each head over several batches, weighted by their labels, in `f64`.
#[derive(Clone, Debug)]
pub(crate) struct HeadMeans {
    sums: Vec<f64>,
    labels: Vec<usize>,
}

impl HeadMeans {
    pub(crate) fn new<M: Model>() -> Self {
        Self { sums: vec![0.0; M::HEADS.len()], labels: vec![0; M::HEADS.len()] }
    }

    /// Adds the mean losses of a batch.
    pub(crate) fn add<M: Model>(&mut self, losses: &M::Losses, batch: &impl Batch<M>) {
        self.add_heads::<M>(HeadSet::ALL, losses, batch);
    }

    /// Adds the mean losses of some heads over a batch; returns those of them that have a label in it.
    pub(crate) fn add_heads<M: Model>(&mut self, heads: HeadSet, losses: &M::Losses, batch: &impl Batch<M>) -> HeadSet {
        let mut labelled = HeadSet::NONE;
        for (head, loss) in losses.as_slice().iter().enumerate().filter(|&(head, _)| heads.contains(head)) {
            let labels = batch.labels(head);
            if labels > 0 {
                labelled.0 |= HeadSet::only(head).0;
                self.labels[head] += labels;
                self.sums[head] += loss.to_f64() * labels as f64;
            }
        }
        labelled
    }

    /// All that it knows, as words.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> + '_ {
        self.sums.iter().map(|sum| sum.to_bits()).chain(self.labels.iter().map(|&labels| labels as u64))
    }

    /// From [`words`](Self::words) of a model with as many heads.
    pub(crate) fn from_words<M: Model>(words: &[u64]) -> Option<Self> {
        let (sums, labels) = words.split_at_checked(M::HEADS.len())?;
        let sums = sums.iter().copied().map(f64::from_bits).collect();
        let labels: Vec<usize> = labels.iter().copied().map(usize::try_from).collect::<Result<_, _>>().ok()?;
        (labels.len() == M::HEADS.len()).then_some(Self { sums, labels })
    }

    /// How many labels each head had.
    pub(crate) fn labels(&self) -> &[usize] {
        &self.labels
    }

    /// The means; NaN for a head without a label.
    pub(crate) fn losses(&self) -> Vec<f64> {
        self.sums.iter().zip(&self.labels).map(|(&sum, &labels)| if labels == 0 { f64::NAN } else { sum / labels as f64 }).collect()
    }

    /// Their sum, weighted as declared, over those of `heads` with a label. Nothing has no loss: it is NaN where none has one.
    pub(crate) fn combined<M: Model>(&self, heads: HeadSet) -> f64 {
        let chosen = M::HEADS.iter().enumerate().filter(|&(head, _)| heads.contains(head) && self.labels[head] > 0);
        chosen.map(|(head, info)| info.weight * (self.sums[head] / self.labels[head] as f64)).reduce(|sum, loss| sum + loss).unwrap_or(f64::NAN)
    }
}
