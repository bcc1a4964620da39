//! Adapting `Normalize` layers: their mean and variance are measured, not trained.

use core::borrow::BorrowMut;
use std::vec::Vec;

use crate::Scalar;
use crate::data::{DataError, Dataset, Rows};
use crate::flat;
use crate::model::Model;
use crate::pass::{self, Batch, PassError, TILE, Tile};

/// Sets the mean and variance of every `Normalize` layer to those of what it sees when the model predicts for `dataset`;
/// as `adapt` of Keras's `Normalization`, for all layers in one call, each after those before it.
///
/// [`Trainer::fit`](crate::trainer::Trainer::fit) does this by itself, with the rows it trains on, for a model that was never
/// adapted. Sample weights play no part.
///
/// # Errors
///
/// [`DataError::Empty`].
pub fn adapt<M: Model, B: BorrowMut<M> + ?Sized>(model: &mut B, dataset: &Dataset<M>) -> Result<(), DataError> {
    let rows: Vec<usize> = (0..dataset.len()).collect();
    let mut tile = flat::zeroed_box::<Tile<M, TILE>>();
    let mut statistics = flat::zeroed_box::<M::Statistics>();
    adapt_rows(model.borrow_mut(), Rows::new(dataset, &rows), &mut tile, &mut statistics).map_err(|_| DataError::Empty)
}

/// As [`adapt`], with some rows.
pub(crate) fn adapt_rows<M: Model>(
    model: &mut M,
    rows: Rows<'_, M>,
    tile: &mut Tile<M, TILE>,
    statistics: &mut M::Statistics,
) -> Result<(), PassError> {
    if rows.is_empty() {
        return Err(PassError::EmptyBatch);
    }
    for normalizer in 0..M::NORMALIZERS {
        flat::set_zero(statistics);
        // The losses of values that are not yet normalised may overflow; nothing looks at them.
        pass::evaluate(model, &rows, tile, |values, _, _, columns| M::observe_normalizer(normalizer, values, columns, statistics))?;
        model.set_normalizer(normalizer, statistics);
    }
    Ok(())
}

/// Whether a model has `Normalize` layers and none of them was adapted: every mean is 0, as it is initially.
pub(crate) fn was_never_adapted<M: Model>(model: &M) -> bool {
    let is_mean = |path: &str| path.rsplit('.').next() == Some("mean");
    let mut means = M::PARAMETERS.iter().filter(|tensor| !tensor.trainable && is_mean(tensor.path));
    M::NORMALIZERS > 0 && means.all(|tensor| model.as_slice()[tensor.offset..tensor.offset + tensor.len].iter().all(|&mean| mean == M::Scalar::ZERO))
}
