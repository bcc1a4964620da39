//! Adapting layers to what they see, as `Normalize`, and heads to the units of their targets: what they go by is measured, not trained.

mod error;
mod quantile;

pub use error::AdaptError;
use quantile::Sorted;

use core::borrow::BorrowMut;
use core::ops::Range;
use std::vec;
use std::vec::Vec;

use crate::data::{DataError, Dataset, Rows};
use crate::flat;
use crate::kernel::scalar::Scalar;
use crate::model::{ColumnInfo, Model, ParameterInfo, Record, is_missing};
use crate::pass::{self, Batch, PassError, TILE, Tile};

/// Sets the mean and variance of every `Normalize` layer to those of what it sees when the model predicts for `dataset`;
/// as `adapt` of Keras's `Normalization`, for all layers in one call, each after those before it.
///
/// A `Robust` layer gets the median and the quartiles in the same way, a `Piecewise` the edges of its bins. They are exact: the values of all rows are kept and sorted meanwhile, which takes the
/// memory of the columns that the layer sees once more.
///
/// [`Trainer::fit`](crate::trainer::Trainer::fit) does this by itself, with the rows it trains on, for the layers that were never
/// adapted. Sample weights play no part.
///
/// Heads with `targets: standardized` get the mean and variance of their labels, those that are there; without a label they stay as they are.
///
/// Sums are in double precision. A value that is the same in every row gets just that as its mean, and the variance 0: it is 0 from then on
/// (Keras divides by 1e-7 there, and by no less anywhere). Of a column that may be missing, the values that are there count.
///
/// # Errors
///
/// [`DataError::Empty`], [`DataError::Adapt`].
pub fn adapt<M: Model, B: BorrowMut<M> + ?Sized>(model: &mut B, dataset: &Dataset<M>) -> Result<(), DataError> {
    let rows: Vec<usize> = (0..dataset.len()).collect();
    let mut tile = flat::zeroed_box::<Tile<M, TILE>>();
    adapt_rows(model.borrow_mut(), Rows::new(dataset, &rows), &mut tile, |_, _| true).map_err(|error| match error {
        AdaptError::Pass(_) => DataError::Empty,
        error => DataError::Adapt(error),
    })
}

/// As [`adapt`], with some rows and of those layers that `wanted` says, which is told the tensor that says whether a layer was adapted, and what is in it.
pub(crate) fn adapt_rows<M: Model>(
    model: &mut M,
    rows: Rows<'_, M>,
    tile: &mut Tile<M, TILE>,
    wanted: impl Fn(&ParameterInfo, &[M::Scalar]) -> bool,
) -> Result<(), AdaptError> {
    if rows.is_empty() {
        return Err(PassError::EmptyBatch.into());
    }
    let normalizers = M::NORMALIZERS.iter().enumerate().map(|(number, &path)| (Measures::Values(number), path));
    let standardized = M::STANDARDIZED.iter().map(|&(head, path)| (Measures::Labels(head), path));
    let layers = normalizers.chain(standardized).filter_map(|(measures, path)| Layer::of(&*model, measures, path, &wanted)).collect::<Vec<_>>();
    let before =
        layers.iter().flat_map(|layer| layer.tensors.clone()).map(|range| (range.start, model.as_slice()[range].to_vec())).collect::<Vec<_>>();
    let adapted = layers.iter().try_for_each(|layer| match layer.measures {
        Measures::Values(number) => layer.adapt(model, rows, tile, number),
        Measures::Labels(head) => layer.adapt_to_labels(model, rows, head),
    });
    if adapted.is_err() {
        for (start, values) in before {
            model.as_mut_slice()[start..start + values.len()].copy_from_slice(&values);
        }
    }
    adapted
}

/// Whether a layer with these variances, factors or lengths was never adapted.
pub(crate) fn is_new<T: Scalar>(variances: &[T]) -> bool {
    variances.iter().all(|&variance| variance < T::ZERO)
}

/// Where what is measured comes from.
#[derive(Clone, Copy)]
enum Measures {
    /// What the layer of this number sees.
    Values(usize),
    /// The labels of the head of this number.
    Labels(usize),
}

/// What is measured of a value.
#[derive(Clone, Copy)]
enum Statistic {
    /// Mean and variance: `Normalize` and `Impute`, and `Standardize` at the end of a head.
    Moments,
    /// Median and quartiles: `Robust`.
    Quartiles,
    /// Quantiles: `Piecewise`.
    Bins,
}

impl Statistic {
    const ALL: [Self; 3] = [Self::Moments, Self::Quartiles, Self::Bins];

    /// The tensors that hold it; the second is below 0 where it was never measured.
    const fn tensors(self) -> [&'static str; 2] {
        match self {
            Self::Moments => ["mean", "variance"],
            Self::Quartiles => ["median", "factor"],
            Self::Bins => ["start", "length"],
        }
    }
}

/// A layer that is measured.
struct Layer {
    measures: Measures,
    statistic: Statistic,
    path: &'static str,
    /// Where the tensors lie.
    tensors: [Range<usize>; 2],
    /// How many numbers a tensor has of each value.
    depth: usize,
}

impl Layer {
    /// The layer of this path, if it is wanted.
    fn of<M: Model>(model: &M, measures: Measures, path: &'static str, wanted: impl Fn(&ParameterInfo, &[M::Scalar]) -> bool) -> Option<Self> {
        let tensor = |name: &str| {
            let is_it = |tensor: &&ParameterInfo| tensor.path.strip_prefix(path).and_then(|rest| rest.strip_prefix('.')) == Some(name);
            M::PARAMETERS.iter().find(is_it).map(|tensor| (tensor, tensor.offset..tensor.offset + tensor.len))
        };
        let (statistic, first, (info, second)) = Statistic::ALL.into_iter().find_map(|statistic| {
            let [first, second] = statistic.tensors();
            Some((statistic, tensor(first)?.1, tensor(second)?))
        })?;
        let depth = match (statistic, info.shape) {
            (Statistic::Bins, &[.., bins]) => bins.max(1),
            _ => 1,
        };
        wanted(info, &model.as_slice()[second.clone()]).then_some(Self { measures, statistic, path, tensors: [first, second], depth })
    }

    /// How many values it is measured of.
    fn width(&self) -> usize {
        self.tensors[0].len() / self.depth
    }

    fn adapt<M: Model>(&self, model: &mut M, rows: Rows<'_, M>, tile: &mut Tile<M, TILE>, number: usize) -> Result<(), AdaptError> {
        match self.statistic {
            Statistic::Moments => {
                let mut moments = vec![Moments::new(); self.width()];
                self.observe(model, rows, tile, number, |value, x: M::Scalar| moments[value].observe(x.to_f64()))?;
                self.set_moments(model, &moments)
            }
            Statistic::Quartiles | Statistic::Bins => {
                let mut samples = vec![Vec::new(); self.width()];
                self.observe(model, rows, tile, number, |value, x: M::Scalar| samples[value].push(x))?;
                self.set_quantiles(model, samples)
            }
        }
    }

    /// Hands over every value that the layer of this number sees and that is not missing, with its number.
    fn observe<M: Model>(
        &self,
        model: &mut M,
        rows: Rows<'_, M>,
        tile: &mut Tile<M, TILE>,
        number: usize,
        mut observe: impl FnMut(usize, M::Scalar),
    ) -> Result<(), AdaptError> {
        let mut is_there = vec![false; self.width()];
        let mut names: &[ColumnInfo] = &[];
        // The losses of values that are not yet normalised may overflow; nothing looks at them.
        pass::evaluate(model, &rows, tile, |values, _, _, columns| {
            M::observe_normalizer(number, values, columns, |sample, columns| {
                names = columns;
                for (value, &x) in sample.iter().enumerate() {
                    let may_miss = columns.get(value).is_some_and(|column| column.optional);
                    if !(may_miss && is_missing(x)) {
                        is_there[value] = true;
                        observe(value, x);
                    }
                }
            });
        })?;
        match is_there.iter().position(|is_there| !is_there) {
            Some(value) => Err(AdaptError::NoValue { layer: self.path, column: names.get(value).map_or("", |column| column.name) }),
            None => Ok(()),
        }
    }

    fn adapt_to_labels<M: Model>(&self, model: &mut M, rows: Rows<'_, M>, head: usize) -> Result<(), AdaptError> {
        let mut moments = vec![Moments::new(); self.width()];
        for sample in 0..rows.len() {
            if let Some(labels) = rows.targets(sample).real(head) {
                moments.iter_mut().zip(labels).for_each(|(moments, &label)| moments.observe(label.to_f64()));
            }
        }
        if moments.iter().all(|moments| moments.count == 0) { Ok(()) } else { self.set_moments(model, &moments) }
    }

    fn set_moments<M: Model>(&self, model: &mut M, moments: &[Moments]) -> Result<(), AdaptError> {
        for (value, moments) in moments.iter().enumerate() {
            if !moments.are_finite {
                return Err(AdaptError::NotFinite { layer: self.path, value });
            }
            let measured =
                moments.mean_and_variance::<M::Scalar>().map(<[_; 2]>::from).ok_or_else(|| self.spread::<M>(value, [moments.low, moments.high]))?;
            self.write(model, value, measured);
        }
        Ok(())
    }

    /// Of all that was seen of each value.
    fn set_quantiles<M: Model>(&self, model: &mut M, samples: Vec<Vec<M::Scalar>>) -> Result<(), AdaptError> {
        for (value, samples) in samples.into_iter().enumerate() {
            let sorted = Sorted::new(samples).ok_or(AdaptError::NotFinite { layer: self.path, value })?;
            match self.statistic {
                Statistic::Moments => {}
                Statistic::Quartiles => {
                    let measured = sorted.median_and_factor().ok_or_else(|| self.spread::<M>(value, sorted.ends()))?;
                    self.write(model, value, measured);
                }
                Statistic::Bins => {
                    let bins = sorted.bins(self.depth).ok_or_else(|| self.spread::<M>(value, sorted.ends()))?;
                    bins.into_iter().enumerate().for_each(|(bin, measured)| self.write(model, value * self.depth + bin, measured));
                }
            }
        }
        Ok(())
    }

    /// What was measured, at a place of both tensors.
    fn write<M: Model>(&self, model: &mut M, place: usize, measured: [M::Scalar; 2]) {
        for (tensor, measured) in self.tensors.iter().zip(measured) {
            model.as_mut_slice()[tensor.start + place] = measured;
        }
    }

    fn spread<M: Model>(&self, value: usize, [low, high]: [f64; 2]) -> AdaptError {
        AdaptError::Spread { layer: self.path, value, low, high, scalar: M::Scalar::NAME }
    }
}

/// Of a value in all rows: sums, its least and its greatest.
///
/// Sums are of `d = x − first`, so that an offset does not cost their precision.
#[derive(Clone, Copy)]
struct Moments {
    /// How many values there are.
    count: u64,
    first: f64,
    /// `Σ d`.
    sum: f64,
    /// The mean of `d` so far, and `Σ (d − mean)²` about it (Welford 1962).
    mean: f64,
    squares: f64,
    low: f64,
    high: f64,
    are_finite: bool,
}

impl Moments {
    const fn new() -> Self {
        Self { count: 0, first: 0.0, sum: 0.0, mean: 0.0, squares: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY, are_finite: true }
    }

    /// Adds the value of a row.
    fn observe(&mut self, x: f64) {
        if self.count == 0 {
            self.first = x;
        }
        self.count += 1;
        let d = x - self.first;
        let before = d - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (d - self.mean);
        self.sum += d;
        (self.low, self.high) = (self.low.min(x), self.high.max(x));
        self.are_finite &= x.is_finite();
    }

    /// `None` where values differ and the variance is not a number of the type, with all its bits.
    fn mean_and_variance<T: Scalar>(&self) -> Option<(T, T)> {
        if self.low == self.high {
            return Some((T::from_f64(self.low), T::ZERO));
        }
        let variance = T::from_f64(self.squares / self.count as f64);
        // The reciprocal of a number with fewer bits is infinite.
        let fits = variance > T::ZERO && variance.is_finite() && (T::ONE / variance).is_finite();
        fits.then(|| (T::from_f64(self.first + self.sum / self.count as f64), variance))
    }
}

#[cfg(test)]
mod tests {
    use super::Moments;
    use crate::kernel::scalar::Scalar;

    fn moments(values: impl Iterator<Item = f64>) -> Moments {
        let mut moments = Moments::new();
        values.for_each(|x| moments.observe(x));
        moments
    }

    #[test]
    fn mean_and_variance_of_a_constant_are_exact() {
        for constant in [14.62, -0.1, 1e30, 1e-30, f64::from(f32::MAX)] {
            let single = moments((0..1000).map(|_| f64::from(constant as f32)));
            assert_eq!(single.mean_and_variance::<f32>(), Some((constant as f32, 0.0)));
            let double = moments((0..1000).map(|_| constant));
            assert_eq!(double.mean_and_variance::<f64>(), Some((constant, 0.0)));
        }
    }

    #[test]
    fn a_small_spread_about_a_large_mean_is_found() {
        // 1e5 + {−1, 0, 1}, a million times: in single precision the mean would have wandered off.
        let moments = moments((0..1_000_000).map(|row| 1e5 + f64::from(row % 3 - 1)));
        let (mean, variance) = moments.mean_and_variance::<f32>().unwrap();
        assert!((mean - 1e5).abs() < 0.01 && (variance - 2.0 / 3.0).abs() < 1e-5, "{mean}, {variance}");
    }

    #[test]
    fn a_spread_is_refused_whose_square_does_not_fit() {
        let of = |spread: f64| moments([-spread, spread].into_iter());
        fn fits<T: Scalar>(moments: Moments) -> bool {
            moments.mean_and_variance::<T>().is_some()
        }
        for spread in [1e-30, 1e-20, 1e20, 1e30] {
            assert!(!fits::<f32>(of(spread)), "{spread:e}");
            assert!(fits::<f64>(of(spread)), "{spread:e}");
        }
        for spread in [1e-18, 1e-7, 1.0, 1e7, 1e19] {
            assert!(fits::<f32>(of(spread)), "{spread:e}");
        }
        for spread in [1e-200, 1e200, f64::MAX] {
            assert!(!fits::<f64>(of(spread)), "{spread:e}");
        }
    }

    #[test]
    fn nan_is_not_passed_over() {
        for position in 0..3 {
            let mut values = [1.0; 3];
            values[position] = f64::NAN;
            assert!(!moments(values.into_iter()).are_finite);
        }
    }
}
