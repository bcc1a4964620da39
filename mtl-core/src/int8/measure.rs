//! How far a model in eight bits is from the one it was made from, head by head.

use std::vec;
use std::vec::Vec;

use super::range::spread;
use super::{Int8Model, predict_into};
use crate::data::{Dataset, Rows};
use crate::flat;
use crate::model::Model;
use crate::model::sets::HeadSet;
use crate::pass::{self, TILE, Tile};

/// An error counts as that of so many spreads of the output at most: a few rows that saturate are not all there is.
const CAP: f64 = 10.0;

/// The outputs of a model in `f32` on some rows: what those of the form in eight bits are compared with.
pub(super) struct Exact<'d, M: Model> {
    rows: Rows<'d, M>,
    /// Row by row, head by head.
    outputs: Vec<f32>,
    scales: Vec<OutputScale>,
}

/// What an error of an output is measured by.
#[derive(Clone, Copy, Debug)]
struct OutputScale {
    head: usize,
    /// `Σ (y − ȳ)²`.
    squares: f64,
    /// What a squared error counts at most.
    most: f64,
    /// `Σ min((y − median)², most)`.
    capped: f64,
}

/// The errors of an output over some rows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Errors {
    squares: f64,
    capped: f64,
    pub(super) largest: f64,
    not_finite: bool,
}

impl<'d, M: Model<Scalar = f32>> Exact<'d, M> {
    /// The outputs of a model for some rows of a data set.
    pub(super) fn new<Q: Int8Model<Float = M>>(float: &M, dataset: &'d Dataset<M>, rows: &'d [usize]) -> Self {
        let rows = Rows::new(dataset, rows);
        let mut outputs = Vec::new();
        let mut tile = flat::zeroed_box::<Tile<M, TILE>>();
        // The losses are of no interest, nor is that there may be no rows.
        let _ = pass::evaluate(float, &rows, &mut tile, |values, _, _, columns| {
            for column in 0..columns {
                Q::each_float_output(values, column, |_, output| outputs.extend_from_slice(output));
            }
        });
        let width = M::HEADS.iter().map(|head| head.outputs).sum::<usize>();
        let heads = M::HEADS.iter().enumerate().flat_map(|(number, head)| (0..head.outputs).map(move |_| number));
        let scales = heads
            .enumerate()
            .map(|(at, head)| OutputScale::new::<Q>(head, outputs.iter().skip(at).step_by(width.max(1)).copied().collect()))
            .collect();
        Self { rows, outputs, scales }
    }

    /// Whether every output is a number.
    pub(super) fn is_finite(&self) -> bool {
        self.outputs.iter().all(|output| output.is_finite())
    }

    /// The errors of a form in eight bits, output by output.
    pub(super) fn errors<Q: Int8Model<Float = M>>(&self, model: &Q) -> Vec<Errors> {
        let mut errors = vec![Errors::default(); self.scales.len()];
        let mut values = flat::zeroed_box::<Q::Values>();
        for (row, exact) in self.outputs.chunks(self.scales.len().max(1)).enumerate() {
            predict_into::<Q, { HeadSet::ALL.0 }, _>(model, &self.rows.inputs(row), &mut values);
            let mut at = 0;
            Q::each_output(&values, |_, outputs| {
                for &output in outputs {
                    errors[at].add(f64::from(output) - f64::from(exact[at]), self.scales[at].most);
                    at += 1;
                }
            });
        }
        errors
    }

    /// What is to be made small: for each head the mean of its outputs' shares of noise `n`, as `ln(1 + n / 0.02)`, which counts a share for the less
    /// the larger it is beside one that does no harm; of these the mean. Three parts of it are the ordinary rows, one is all rows.
    pub(super) fn noise(&self, errors: &[Errors]) -> f64 {
        let level = |share: f64| (share / 0.02).ln_1p();
        let mut heads = vec![(0.0, 0); M::HEADS.len()];
        for (scale, error) in self.scales.iter().zip(errors) {
            heads[scale.head].0 += 0.75 * level(error.ordinary_share(scale)) + 0.25 * level(error.share(scale));
            heads[scale.head].1 += 1;
        }
        heads.iter().map(|&(sum, count)| if count == 0 { 0.0 } else { sum / f64::from(count) }).sum::<f64>() / heads.len() as f64
    }

    /// The largest share of noise that an output has, among ordinary rows and among all.
    pub(super) fn worst(&self, errors: &[Errors]) -> f64 {
        let shares = self.scales.iter().zip(errors).map(|(scale, error)| error.ordinary_share(scale).max(error.share(scale)));
        shares.fold(0.0, f64::max)
    }

    /// The head of each output.
    pub(super) fn heads(&self) -> impl Iterator<Item = usize> {
        self.scales.iter().map(|scale| scale.head)
    }

    /// `R²` of an output over all rows, and with a cap on what an error counts.
    pub(super) fn r2(&self, output: usize, error: &Errors) -> (f64, f64) {
        let scale = &self.scales[output];
        (1.0 - error.share(scale), 1.0 - error.ordinary_share(scale))
    }
}

impl OutputScale {
    fn new<Q: Int8Model>(head: usize, mut values: Vec<f32>) -> Self {
        let count = values.len().max(1) as f64;
        let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / count;
        let squares = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>();
        values.sort_by(f32::total_cmp);
        let median = values.get(values.len() / 2).map_or(0.0, |&median| f64::from(median));
        // An output that does not vary is measured by its size; of probabilities that hardly do, a hundredth is nothing.
        let size = if squares < count * 1e-12 * mean * mean { mean.abs() } else { 0.0 };
        let least = count * size.max(if Q::PROBABILITIES.contains(head) { 0.02 } else { 1e-30 }).powi(2);
        let squares = squares.max(least);
        let most = (CAP * spread(&values).unwrap_or(0.0)).powi(2);
        let most = if most == 0.0 { CAP * CAP * squares / count } else { most.max(least / count) };
        let capped = values.iter().map(|&value| (f64::from(value) - median).powi(2).min(most)).sum::<f64>().max(least);
        Self { head, squares, most, capped }
    }
}

impl Errors {
    fn add(&mut self, error: f64, most: f64) {
        self.not_finite |= !error.is_finite();
        self.squares += error * error;
        self.capped += (error * error).min(most);
        self.largest = self.largest.max(error.abs());
    }

    fn share(&self, scale: &OutputScale) -> f64 {
        if self.not_finite { f64::MAX } else { self.squares / scale.squares }
    }

    fn ordinary_share(&self, scale: &OutputScale) -> f64 {
        if self.not_finite { f64::MAX } else { self.capped / scale.capped }
    }
}
