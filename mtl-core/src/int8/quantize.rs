//! Quantising a model after training, and measuring the result.

use core::ops::Deref;
use std::boxed::Box;
use std::vec;
use std::vec::Vec;

use super::calibrate::Search;
use super::measure::Exact;
use super::report::QuantizeReport;
use super::{Int8Model, Range, predict_into};
use crate::data::{DataError, Dataset, Rows};
use crate::evaluate::{Evaluate, report_rows};
use crate::flat::{self, Flat};
use crate::kernel::{self, Portable};
use crate::layer::DenseParameters;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::pass::{self, TILE, Tile};
use crate::progress::Work;
use crate::setting::{InvalidSetting, require, require_some};

/// Why a model was not quantised.
#[derive(Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum QuantizeError {
    /// There are no rows to take ranges from.
    #[error("there are no rows to calibrate with")]
    Empty,
    /// The model has diverged, or overflows on the data set.
    #[error("`{value}` is not finite on the data set: the model has diverged, or overflows there")]
    NotFinite {
        /// The first parameter, or else the first value, as the summary calls it.
        value: &'static str,
    },
    /// A setting with a value that it does not take.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
}

/// How a model is quantised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Calibration {
    rows: usize,
    least_r2: f64,
}

impl Default for Calibration {
    fn default() -> Self {
        Self::new()
    }
}

impl Calibration {
    /// Errors are measured on 1,024 rows, and the report warns of outputs whose `R²` against `f32` is less than 0.98.
    #[must_use]
    pub const fn new() -> Self {
        Self { rows: 1024, least_r2: 0.98 }
    }

    /// On how many rows of the data set, spread evenly, the errors of the heads are measured while scales are chosen. Extremes are always those of
    /// all rows. More of them cost time: each choice that is tried is one prediction of every row.
    #[must_use]
    pub const fn rows(mut self, rows: usize) -> Self {
        self.rows = rows;
        self
    }

    /// The bound below which the report warns of an output, from 0 to 1: its `R²` against the model in `f32`.
    #[must_use]
    pub const fn least_r2(mut self, least_r2: f64) -> Self {
        self.least_r2 = least_r2;
        self
    }

    fn check(&self) -> Result<(), InvalidSetting> {
        require_some("Calibration::rows", self.rows)?;
        require("Calibration::least_r2", self.least_r2, (0.0..=1.0).contains(&self.least_r2), "be at least 0 and at most 1")
    }

    /// The form in eight bits of a model. The data set says what values every step has, so it must be like what will be predicted; some hundreds of
    /// rows are enough, and targets play no part.
    ///
    /// Of each tensor, or each of its channels where they have scales of their own, six intervals are candidates: from the least to the greatest
    /// value, and those with the least squared error in which a value far away counts as one 300, 100, 30, 10 or 4 spreads away. All tensors
    /// begin with the one that is best for all; then one after the other takes that with which the heads are nearest to those in `f32`. Of fewer than
    /// 32 rows nothing is concluded but the least and the greatest value.
    ///
    /// # Errors
    ///
    /// See [`QuantizeError`].
    pub fn quantize<Q: Int8Model>(&self, model: &Q::Float, dataset: &Dataset<Q::Float>) -> Result<Quantized<Q>, QuantizeError> {
        self.check()?;
        let mut float = flat::zeroed_box::<Q::Float>();
        float.as_mut_slice().copy_from_slice(model.as_slice());
        Q::fold(&mut float);

        let rows: Vec<usize> = (0..dataset.len()).collect();
        let ranges = observe::<Q>(&float, dataset, &rows)?;
        let all = Exact::new::<Q>(model, dataset, &rows);
        if let Some(value) = not_finite::<Q>(&float, &ranges, &all) {
            return Err(QuantizeError::NotFinite { value });
        }
        let count = self.rows.min(rows.len().div_ceil(2));
        let some: Vec<usize> = (0..count).map(|number| number * rows.len() / count).collect();
        let exact = Exact::new::<Q>(model, dataset, &some);
        let fits = Q::DENSE.iter().map(|_| None).collect();
        // Not the rows by which fits are judged.
        let others: Vec<usize> = (0..rows.len()).filter(|row| some.binary_search(row).is_err()).collect();
        let fitted = Rows::new(dataset, &others);
        let mut search = Search {
            model: flat::zeroed_box::<Q>(),
            float: &float,
            ranges: &ranges,
            exact: &exact,
            fitted,
            rows: rows.len(),
            fits,
            tried: 0,
            progress: Work::new("quantising: choices of scales", None),
        };
        let scales = search.run();
        let tensors = search.costs(&scales);
        let model = search.model;
        let report = QuantizeReport::new(&all, &all.errors(&*model), tensors, self.least_r2, rows.len());
        Ok(Quantized { model, report })
    }
}

/// A model in eight bits, and what the step to it cost. It stands for the model wherever one is read.
#[derive(Clone, Debug, PartialEq)]
pub struct Quantized<Q> {
    /// The model.
    pub model: Box<Q>,
    /// The errors of its heads, and where they come from.
    pub report: QuantizeReport,
}

impl<Q> Deref for Quantized<Q> {
    type Target = Q;
    fn deref(&self) -> &Q {
        &self.model
    }
}

/// As [`Calibration::quantize`], with the settings of [`Calibration::new`].
///
/// # Errors
///
/// See [`QuantizeError`].
pub fn quantize<Q: Int8Model>(model: &Q::Float, dataset: &Dataset<Q::Float>) -> Result<Quantized<Q>, QuantizeError> {
    Calibration::new().quantize(model, dataset)
}

/// The first parameter that is not finite, or else the first value that is not on some row.
fn not_finite<Q: Int8Model>(float: &Q::Float, ranges: &[Range], all: &Exact<'_, Q::Float>) -> Option<&'static str> {
    let parameters = float.as_slice();
    let parameter =
        Q::Float::PARAMETERS.iter().find(|tensor| !parameters[tensor.offset..tensor.offset + tensor.len].iter().all(|value| value.is_finite()));
    let range = || Q::RANGES.iter().zip(ranges).find(|(_, range)| !range.is_finite()).map(|(info, _)| info.name);
    let output = || (!all.is_finite()).then_some("outputs");
    parameter.map(|tensor| tensor.path).or_else(range).or_else(output)
}

/// The values of every tensor on some rows.
fn observe<Q: Int8Model>(float: &Q::Float, dataset: &Dataset<Q::Float>, rows: &[usize]) -> Result<Vec<Range>, QuantizeError> {
    let mut tile = flat::zeroed_box::<Tile<Q::Float, TILE>>();
    let mut ranges: Vec<Range> = Q::RANGES.iter().map(|info| Range::new(info.channels)).collect();
    // The losses are of no interest.
    pass::evaluate(float, &Rows::new(dataset, rows), &mut tile, |values, _, _, columns| Q::observe(float, values, columns, &mut ranges))
        .map_err(|_| QuantizeError::Empty)?;
    Ok(ranges)
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
            model.copy_ends(&values, tile.values_mut(), column);
        }
    })
    .map_err(|_| DataError::Empty)
}

impl Range {
    /// Shows the range what a layer gives before its activation.
    pub fn observe_dense<const IN: usize, const OUT: usize, const BIAS: usize>(
        &mut self,
        parameters: &DenseParameters<IN, OUT, BIAS, f32>,
        input: &[[f32; IN]],
    ) {
        let mut y = vec![[0.0; OUT]; 1];
        for x in input {
            kernel::dense_forward::<Portable, _, IN, OUT, BIAS>(&parameters.kernel.data.0, &parameters.bias.data.0[0], &[*x], &mut y);
            self.observe(y.as_flattened());
        }
    }
}
