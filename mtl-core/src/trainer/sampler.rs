//! Which rows an epoch takes, and in which order.

use core::fmt::{self, Debug, Formatter};
use core::ops::{Deref, DerefMut};
use std::borrow::ToOwned;
use std::string::String;
use std::vec::Vec;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, RngExt};

use crate::data::{DataError, Dataset, head_number};
use crate::model::Model;
use crate::model::record::{FieldKind, Record};
use crate::setting::{InvalidSetting, require, require_some};

/// Which rows an epoch takes, and in which order: what [`Trainer::sampler`](super::Trainer::sampler) takes in the place of all rows, shuffled.
///
/// Its `Debug`, after [`prepare`](Self::prepare), shows its settings, which a checkpoint compares: derive it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a sampler of rows",
    note = "`mtl::trainer` has samplers, and one of your own implements `Sampler`"
)]
pub trait Sampler<M: Model>: Debug {
    /// Looks at the data before the first epoch; returns how many samples an epoch has. `rows` are those to train on.
    ///
    /// # Errors
    ///
    /// See [`SampleError`].
    fn prepare(&mut self, dataset: &Dataset<M>, rows: &[usize]) -> Result<usize, SampleError>;

    /// Writes the rows of an epoch to `order`, which is empty. Its number counts from 1; `rng` is fixed by the trainer's seed and that number.
    ///
    /// It should depend on nothing that an earlier epoch left behind: a training that goes on from a checkpoint begins in the middle.
    fn epoch(&mut self, number: usize, rng: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>);

    /// Whether an epoch draws from other rows than the one before it, as those of a curriculum that opens more of them: losses over both cannot be compared.
    fn changes(&self, number: usize) -> bool {
        let _ = number;
        false
    }

    /// The number of samples in a batch where the sampler composes batches; else the trainer's.
    fn batch_size(&self) -> Option<usize> {
        None
    }
}

/// A sampler that cannot work on the data.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// A head that the model does not have, or one without classes.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A setting with a value that it does not take.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// Classes of a head whose targets are real numbers, which are none even where all are 0 and 1.
    #[error("the head `{head}` has no classes to balance: its loss `{loss}` is one of real numbers")]
    NotClasses {
        /// The head.
        head: &'static str,
        /// Its loss.
        loss: &'static str,
    },
    /// A difficulty that is NaN.
    #[error("row {row}: the difficulty is NaN")]
    InvalidDifficulty {
        /// The row.
        row: usize,
    },
    /// A head without any label.
    #[error("no row to train on has a label of the head `{head}`")]
    NoLabels {
        /// The head.
        head: String,
    },
    /// Weights or difficulties that do not fit the data.
    #[error("there are {weights} weights or difficulties for the {rows} rows of the data set")]
    WeightCount {
        /// How many weights.
        weights: usize,
        /// How many rows.
        rows: usize,
    },
    /// A weight that is negative or not finite, or none above 0.
    #[error("row {row}: the weight {weight} is not a finite number of at least 0, or no row to train on has one above 0")]
    InvalidWeight {
        /// The row.
        row: usize,
        /// Its weight.
        weight: f64,
    },
    /// A group from which no rows are to be taken.
    #[error("no rows in a batch are for the head `{head}`")]
    EmptyShare {
        /// The head.
        head: String,
    },
    /// A sampler that gives rows that do not exist, or none.
    #[error("the sampler gives {found}, where the data set has {rows} rows")]
    InvalidRows {
        /// What it gives, in words.
        found: String,
        /// How many rows there are.
        rows: usize,
    },
}

/// What a sampler finds in the data. It is no setting, and `Debug` shows nothing of it.
#[derive(Clone, Default)]
pub(super) struct Found<T>(T);

impl<T> Debug for Found<T> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("_")
    }
}

impl<T> Deref for Found<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Found<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}

/// Balances the classes of one head: by drawing the rows of rare classes more than once, or by leaving out rows of frequent ones.
///
/// A class is one of a class target, or 0 and 1 of a target that is a single such number, unless its loss is one of real numbers; rows without a label of the head are a class of their own.
/// Each epoch draws anew which rows are repeated or left out; where a class is repeated, every row of it comes as often as any other, but for one time.
#[derive(Clone, Debug)]
pub struct Balanced {
    head: String,
    over: bool,
    classes: Found<Vec<Vec<usize>>>,
}

impl Balanced {
    /// As many rows of every class as the most frequent one has.
    #[must_use]
    pub fn over_sampling(head: impl AsRef<str>) -> Self {
        Self { head: head.as_ref().to_owned(), over: true, classes: Found::default() }
    }

    /// As many rows of every class as the least frequent one has.
    #[must_use]
    pub fn under_sampling(head: impl AsRef<str>) -> Self {
        Self { head: head.as_ref().to_owned(), over: false, classes: Found::default() }
    }

    fn per_class(&self) -> usize {
        let sizes = self.classes.iter().map(Vec::len);
        if self.over { sizes.max() } else { sizes.min() }.unwrap_or(0)
    }
}

/// The losses whose targets are no labels, be they 0 and 1.
const OF_REAL_NUMBERS: [&str; 8] = ["mse", "mae", "huber", "log_cosh", "quantile", "msle", "poisson", "kl_divergence"];

impl<M: Model> Sampler<M> for Balanced {
    fn prepare(&mut self, dataset: &Dataset<M>, rows: &[usize]) -> Result<usize, SampleError> {
        let head = &M::HEADS[head_number::<M>(&self.head)?];
        if matches!(head.target, FieldKind::Real { .. }) && OF_REAL_NUMBERS.contains(&head.loss) {
            return Err(SampleError::NotClasses { head: head.name, loss: head.loss });
        }
        *self.classes = dataset.strata(&self.head, rows)?;
        Ok(self.per_class() * self.classes.len())
    }

    fn epoch(&mut self, _: usize, rng: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
        let count = self.per_class();
        for class in &*self.classes {
            take(class, count, rng, order);
        }
        shuffle(order, rng);
    }
}

/// Draws rows with replacement, each with a probability in proportion to its weight.
#[derive(Clone, Debug)]
pub struct Weighted {
    weights: Vec<f64>,
    samples: Option<usize>,
    rows: Found<Vec<usize>>,
    /// Sums of the weights up to and with each of `rows`.
    sums: Found<Vec<f64>>,
}

impl Weighted {
    /// One weight for each row of the data set, those of a validation fraction included.
    #[must_use]
    pub fn new(weights: impl IntoIterator<Item = f64>) -> Self {
        Self { weights: weights.into_iter().collect(), samples: None, rows: Found::default(), sums: Found::default() }
    }

    /// How many samples make an epoch, at least 1; as many as there are rows to train on unless said otherwise.
    #[must_use]
    pub fn samples(self, samples: usize) -> Self {
        Self { samples: Some(samples), ..self }
    }

    fn restart(&mut self, rows: &[usize]) -> Result<(), SampleError> {
        *self.rows = rows.to_vec();
        self.sums.clear();
        let mut sum = 0.0;
        for &row in rows {
            let weight = self.weights[row];
            if !(weight.is_finite() && weight >= 0.0) {
                return Err(SampleError::InvalidWeight { row, weight });
            }
            sum += weight;
            self.sums.push(sum);
        }
        if sum > 0.0 && sum.is_finite() { Ok(()) } else { Err(SampleError::InvalidWeight { row: rows.first().copied().unwrap_or(0), weight: sum }) }
    }

    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> usize {
        let total = self.sums.last().copied().unwrap_or(0.0);
        let point = rng.random::<f64>() * total;
        // Not beyond the last row with a weight, whatever the product rounds to.
        let place = self.sums.partition_point(|&sum| sum <= point);
        self.rows[place.min(self.sums.partition_point(|&sum| sum < total))]
    }
}

impl<M: Model> Sampler<M> for Weighted {
    fn prepare(&mut self, dataset: &Dataset<M>, rows: &[usize]) -> Result<usize, SampleError> {
        require_some("Weighted::samples", self.samples.unwrap_or(1))?;
        if self.weights.len() != dataset.len() {
            return Err(SampleError::WeightCount { weights: self.weights.len(), rows: dataset.len() });
        }
        self.restart(rows)?;
        Ok(self.samples.unwrap_or(rows.len()))
    }

    fn epoch(&mut self, _: usize, rng: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
        let samples = self.samples.unwrap_or(self.rows.len());
        order.extend((0..samples).map(|_| self.draw(rng)));
    }
}

/// Draws rows so that heads with few labels are trained as often as those with many: first a head, each equally likely, then one of the rows with its label.
///
/// An epoch has as many samples as there are rows to train on. Rows that have several labels are drawn for each of them.
#[derive(Clone, Debug, Default)]
pub struct EvenTasks {
    by_head: Found<Vec<Vec<usize>>>,
    samples: Found<usize>,
}

impl EvenTasks {
    /// The sampler.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl<M: Model> Sampler<M> for EvenTasks {
    fn prepare(&mut self, dataset: &Dataset<M>, rows: &[usize]) -> Result<usize, SampleError> {
        *self.by_head = (0..M::HEADS.len()).map(|head| labelled(dataset, rows, head)).filter(|rows| !rows.is_empty()).collect();
        *self.samples = rows.len();
        Ok(rows.len())
    }

    fn epoch(&mut self, _: usize, rng: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
        let heads = self.by_head.len();
        for (head, rows) in self.by_head.iter().enumerate() {
            // As many for each head, but for one.
            take(rows, *self.samples / heads + usize::from(head < *self.samples % heads), rng, order);
        }
        shuffle(order, rng);
    }
}

/// Composes every batch of a fixed number of rows for each head: data sets of different sizes for different heads, trained together.
///
/// Put the data sets into one ([`Dataset::append`]), with `labels: partial` heads. An epoch is one pass over the data of the head that takes
/// the most batches; those of the others start again, in a new order, when they are through.
///
/// ```
/// # use mtl_core::{evaluate::Evaluate, optimizer::Adam, trainer::{PerHead, Trainer}};
/// # fn trainer<M: Evaluate<Scalar = f32>>() -> Trainer<'static, M, Adam> {
/// // Of each batch of 48 rows, 32 have a label of `scene` and 16 one of `depth`. `RoomHead::Scene` of a model does as well as its name.
/// Trainer::new(Adam::default()).sampler(PerHead::new().rows("scene", 32).rows("depth", 16))
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct PerHead {
    shares: Vec<(String, usize)>,
    /// The rows with a label, by share.
    labelled: Found<Vec<Vec<usize>>>,
}

impl PerHead {
    /// A sampler without heads; without any added, it takes one row for each head that has labels.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// So many rows of each batch have a label of this head.
    #[must_use]
    pub fn rows(mut self, head: impl AsRef<str>, rows: usize) -> Self {
        self.shares.push((head.as_ref().to_owned(), rows));
        self
    }

    fn batches(&self) -> usize {
        self.labelled.iter().zip(&self.shares).map(|(rows, (_, share))| rows.len().div_ceil(*share)).max().unwrap_or(0)
    }

    fn size(&self) -> usize {
        self.shares.iter().map(|(_, share)| share).sum()
    }
}

/// More rows of one head in a batch are a slip, and more than memory holds.
const LARGEST_SHARE: usize = 1 << 20;

impl<M: Model> Sampler<M> for PerHead {
    fn prepare(&mut self, dataset: &Dataset<M>, rows: &[usize]) -> Result<usize, SampleError> {
        if self.shares.is_empty() {
            let heads = M::HEADS.iter().enumerate().filter(|&(head, _)| !labelled(dataset, rows, head).is_empty());
            self.shares = heads.map(|(_, head)| (head.name.to_owned(), 1)).collect();
        }
        self.labelled.clear();
        for (head, share) in &self.shares {
            let rows = labelled(dataset, rows, head_number::<M>(head)?);
            if rows.is_empty() {
                return Err(SampleError::NoLabels { head: head.clone() });
            }
            if *share == 0 {
                return Err(SampleError::EmptyShare { head: head.clone() });
            }
            require("PerHead::rows", *share as f64, *share <= LARGEST_SHARE, "be at most 1048576")?;
            self.labelled.push(rows);
        }
        Ok(self.batches() * self.size())
    }

    fn epoch(&mut self, _: usize, rng: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
        let batches = self.batches();
        // By share, the rows of its part of all batches: pass after pass, each in an order of its own.
        let streams = self.labelled.iter().zip(&self.shares).map(|(rows, (_, share))| {
            let mut stream = Vec::with_capacity(batches * share + rows.len());
            while stream.len() < batches * share {
                let first = stream.len();
                stream.extend_from_slice(rows);
                shuffle(&mut stream[first..], rng);
            }
            stream
        });
        let streams: Vec<Vec<usize>> = streams.collect();
        for batch in 0..batches {
            for (stream, (_, share)) in streams.iter().zip(&self.shares) {
                order.extend_from_slice(&stream[batch * share..(batch + 1) * share]);
            }
        }
    }

    fn batch_size(&self) -> Option<usize> {
        Some(self.size())
    }
}

/// The rows with a label of a head.
fn labelled<M: Model>(dataset: &Dataset<M>, rows: &[usize], head: usize) -> Vec<usize> {
    let has_label = |row: usize| dataset.targets(row).is_some_and(|targets| targets.real(head).is_some() || targets.class(head).is_some());
    rows.iter().copied().filter(|&row| has_label(row)).collect()
}

/// Takes `count` of some rows: all of them as often as it goes, then some of them at random.
pub(super) fn take(rows: &[usize], count: usize, rng: &mut Xoshiro256PlusPlus, order: &mut Vec<usize>) {
    if rows.is_empty() {
        return;
    }
    for _ in 0..count / rows.len() {
        order.extend_from_slice(rows);
    }
    let rest = count % rows.len();
    if rest > 0 {
        let mut rows = rows.to_vec();
        for place in 0..rest {
            let other = rng.random_range(place..rows.len());
            rows.swap(place, other);
        }
        order.extend_from_slice(&rows[..rest]);
    }
}

/// Puts rows into a random order (Fisher, Yates).
pub(super) fn shuffle(rows: &mut [usize], rng: &mut (impl Rng + ?Sized)) {
    for last in (1..rows.len()).rev() {
        rows.swap(last, rng.random_range(0..=last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Tiny, dataset};
    use rand::SeedableRng;
    use std::collections::BTreeMap;

    /// How often each row comes in an epoch, after `prepare` on some rows.
    fn epoch(sampler: &mut dyn Sampler<Tiny>, data: &Dataset<Tiny>, rows: &[usize]) -> (Vec<usize>, BTreeMap<usize, usize>) {
        let count = sampler.prepare(data, rows).unwrap();
        let mut order = Vec::new();
        sampler.epoch(1, &mut Xoshiro256PlusPlus::seed_from_u64(3), &mut order);
        assert_eq!(order.len(), count);
        let mut times = BTreeMap::new();
        order.iter().for_each(|&row| *times.entry(row).or_default() += 1);
        assert!(times.keys().all(|row| rows.contains(row)));
        (order, times)
    }

    fn class(data: &Dataset<Tiny>, row: usize) -> Option<usize> {
        data.targets(row).unwrap().class(1)
    }

    #[test]
    fn over_and_under_sampling_even_out_the_classes() {
        let data = dataset(200);
        let rows: Vec<usize> = (0..150).collect();
        let mut sizes = BTreeMap::<Option<usize>, usize>::new();
        rows.iter().for_each(|&row| *sizes.entry(class(&data, row)).or_default() += 1);
        assert!(sizes.len() > 2);
        let (most, least) = (*sizes.values().max().unwrap(), *sizes.values().min().unwrap());
        for (mut sampler, size) in [(Balanced::over_sampling("kind"), most), (Balanced::under_sampling("kind"), least)] {
            let (_, times) = epoch(&mut sampler, &data, &rows);
            for &stratum in sizes.keys() {
                let of_class: Vec<usize> = times.iter().filter(|&(&row, _)| class(&data, row) == stratum).map(|(_, &count)| count).collect();
                assert_eq!(of_class.iter().sum::<usize>(), size);
                assert!(of_class.iter().max().unwrap() - of_class.iter().min().unwrap() <= 1);
            }
        }
    }

    #[test]
    fn rows_are_drawn_in_proportion_to_their_weights() {
        let data = dataset(4);
        let mut sampler = Weighted::new([1.0, 0.0, 3.0, 4.0]).samples(8_000);
        let (_, times) = epoch(&mut sampler, &data, &[0, 1, 2, 3]);
        assert!(!times.contains_key(&1));
        // Four standard deviations.
        assert!(times[&0].abs_diff(1000) < 120 && times[&2].abs_diff(3000) < 175, "{times:?}");
        let refuse = |weights: &[f64]| Sampler::<Tiny>::prepare(&mut Weighted::new(weights.iter().copied()), &data, &[0, 1]).unwrap_err();
        assert!(matches!(refuse(&[1.0]), SampleError::WeightCount { weights: 1, rows: 4 }));
        assert!(matches!(refuse(&[1.0, -1.0, 0.0, 0.0]), SampleError::InvalidWeight { row: 1, .. }));
        assert!(matches!(refuse(&[0.0, 0.0, 1.0, 1.0]), SampleError::InvalidWeight { .. }));
    }

    #[test]
    fn a_head_with_few_labels_is_drawn_as_often_as_one_with_many() {
        let data = dataset(60);
        let rows: Vec<usize> = (0..60).collect();
        let few = labelled(&data, &rows, 1);
        assert!(few.len() < 60);
        let (order, times) = epoch(&mut EvenTasks::new(), &data, &rows);
        // 30 rows for each head; those for `level` may have both labels.
        assert!(order.iter().filter(|row| few.contains(row)).count() >= 30 && order.len() == 60 && times.len() < 60);
    }

    #[test]
    fn batches_are_composed_and_the_shorter_data_start_again() {
        let data = dataset(40);
        let rows: Vec<usize> = (0..40).collect();
        let few = labelled(&data, &rows, 1);
        let mut sampler = PerHead::new().rows("level", 4).rows("kind", 9);
        let (order, _) = epoch(&mut sampler, &data, &rows);
        assert_eq!(Sampler::<Tiny>::batch_size(&sampler), Some(13));
        assert_eq!(order.len(), 10 * 13);
        let (mut level, mut kind) = (Vec::new(), Vec::new());
        for batch in order.chunks(13) {
            level.extend_from_slice(&batch[..4]);
            kind.extend_from_slice(&batch[4..]);
        }
        level.sort_unstable();
        assert_eq!(level, rows, "one pass over the longest");
        assert!(kind.iter().all(|row| few.contains(row)));
        // Every pass over the shorter data takes each row once.
        for pass in kind.chunks_exact(few.len()) {
            let mut pass = pass.to_vec();
            pass.sort_unstable();
            assert_eq!(pass, few);
        }
        let refuse = |mut sampler: PerHead| Sampler::<Tiny>::prepare(&mut sampler, &data, &rows).unwrap_err();
        assert!(matches!(refuse(PerHead::new().rows("level", 0)), SampleError::EmptyShare { .. }));
        assert!(matches!(refuse(PerHead::new().rows("lvl", 1)), SampleError::Data(DataError::UnknownHead { .. })));
    }
}
