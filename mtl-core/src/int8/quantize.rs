//! Quantising a model after training, and measuring the result.

use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use super::{Int8Model, Range, predict_into};
use crate::data::{DataError, Dataset, Rows};
use crate::evaluate::{Evaluate, report_rows};
use crate::flat::{self, Flat};
use crate::kernel::{self, Portable};
use crate::layer::DenseParameters;
use crate::model::HeadSet;
use crate::pass::{self, TILE, Tile};

/// Why a model was not quantised.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantizeError {
    /// There are no rows to take ranges from.
    #[error("there are no rows to calibrate with")]
    Empty,
    /// The model has diverged, or overflows on the data set.
    #[error("the model's values are not all finite on the data set")]
    NotFinite,
}

/// The form in eight bits of a model. The data set says what values every step has, so it must be like what will be predicted; some hundreds of
/// rows are enough, and targets play no part.
///
/// Ranges go from the least to the greatest value on the data set; what lies beyond saturates.
///
/// # Errors
///
/// See [`QuantizeError`].
pub fn quantize<Q: Int8Model>(model: &Q::Float, dataset: &Dataset<Q::Float>) -> Result<Box<Q>, QuantizeError> {
    let mut float = flat::zeroed_box::<Q::Float>();
    float.as_mut_slice().copy_from_slice(model.as_slice());
    Q::fold(&mut float);

    let rows: Vec<usize> = (0..dataset.len()).collect();
    let mut tile = flat::zeroed_box::<Tile<Q::Float, TILE>>();
    let mut ranges = vec![Range::ZERO; Q::RANGES];
    // The losses are of no interest.
    pass::evaluate(&*float, &Rows::new(dataset, &rows), &mut tile, |values, _, _, columns| Q::observe(&float, values, columns, &mut ranges))
        .map_err(|_| QuantizeError::Empty)?;
    if !ranges.iter().all(Range::is_finite) || !float.as_slice().iter().all(|value| value.is_finite()) {
        return Err(QuantizeError::NotFinite);
    }
    let mut quantized = flat::zeroed_box::<Q>();
    quantized.set(&mut float, &ranges);
    Ok(quantized)
}

/// Measures every head on a data set, as [`evaluate`](crate::evaluate::evaluate) does with the model in `f32`; penalties on its weights are left out.
///
/// # Errors
///
/// [`DataError::Empty`].
pub fn evaluate<Q: Int8Model<Float: Evaluate>>(model: &Q, dataset: &Dataset<Q::Float>) -> Result<<Q::Float as Evaluate>::Report, DataError> {
    let rows: Vec<usize> = (0..dataset.len()).collect();
    let mut tile = flat::zeroed_box::<Tile<Q::Float, TILE>>();
    let mut values = flat::zeroed_box::<Q::Values>();
    report_rows(Rows::new(dataset, &rows), HeadSet::ALL, &mut tile, 0.0, |rows, first, columns, tile| {
        for column in 0..columns {
            predict_into::<Q, { HeadSet::ALL.0 }, _>(model, &rows.inputs(first + column), &mut values);
            Q::copy_ends(&values, tile.values_mut(), column);
        }
    })
    .map_err(|_| DataError::Empty)
}

impl Range {
    /// Widens the range to what a layer gives before its activation.
    pub fn observe_dense<const IN: usize, const OUT: usize, const BIAS: usize>(
        &mut self,
        parameters: &DenseParameters<IN, OUT, BIAS, f32>,
        input: &[[f32; IN]],
    ) {
        for x in input {
            let mut y = [[0.0; OUT]];
            kernel::dense_forward::<Portable, _, IN, OUT, BIAS>(&parameters.kernel.data.0, &parameters.bias.data.0[0], &[*x], &mut y);
            self.observe(&y[0]);
        }
    }
}
