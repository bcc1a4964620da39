//! The outputs of a model for all rows of a data set.

use core::ops::Range;
use std::vec::Vec;

use super::Dataset;
use crate::flat;
use crate::model::Model;
use crate::pass::{TILE, Tile, append_outputs};

/// The outputs for some rows, in their order.
pub(crate) fn predict_rows<M: Model>(model: &M, dataset: &Dataset<M>, rows: Range<usize>) -> Vec<M::Outputs> {
    let mut tile = flat::zeroed_box::<Tile<M, TILE>>();
    let mut outputs = Vec::with_capacity(rows.len());
    // Every row of a data set is valid: no output is to be NaN.
    append_outputs(model, dataset, rows, &mut tile, &mut outputs);
    outputs
}

/// The outputs for all rows, by several threads that take as many tiles each.
pub(crate) fn predict_on_threads<M: Model>(model: &M, dataset: &Dataset<M>, threads: usize) -> Vec<M::Outputs>
where
    M::Outputs: Send,
{
    let tiles = dataset.len().div_ceil(TILE);
    let each = tiles.div_ceil(threads.max(1)).max(1) * TILE;
    if each >= dataset.len() {
        return predict_rows(model, dataset, 0..dataset.len());
    }
    std::thread::scope(|scope| {
        let parts = (0..dataset.len()).step_by(each).map(|first| {
            let rows = first..dataset.len().min(first + each);
            scope.spawn(move || predict_rows(model, dataset, rows))
        });
        let parts: Vec<_> = parts.collect();
        let mut outputs = Vec::with_capacity(dataset.len());
        for part in parts {
            outputs.extend(part.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        }
        outputs
    })
}
