//! Cutting a data set into parts: by fraction, by predicate, into folds, stratified by a head's class.

use std::collections::BTreeMap;
use std::vec;
use std::vec::Vec;

use super::{DataError, Dataset, head_number};
use crate::kernel::scalar::Scalar;
use crate::model::{HeadName, Model};
use crate::random::{Purpose, Random};

impl<M: Model> Dataset<M> {
    /// Two parts, the first with `fraction` of the rows (rounded), drawn at random as the seed says; both keep the order of the rows.
    ///
    /// # Errors
    ///
    /// [`DataError::Empty`], and [`DataError::EmptySplit`] if one part would have no rows.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let strata = vec![(0..self.len()).collect()];
        self.split_strata(strata, fraction, seed)
    }

    /// Two parts: the rows whose number the predicate accepts, and the others. Either may be empty.
    ///
    /// Where the split is a column of a CSV file, see [`split_csv_rows`](Self::split_csv_rows).
    #[must_use]
    pub fn partition(&self, mut predicate: impl FnMut(usize) -> bool) -> (Self, Self) {
        let (first, second): (Vec<usize>, Vec<usize>) = (0..self.len()).partition(|&row| predicate(row));
        (self.select(&first), self.select(&second))
    }

    /// Cuts the rows into `folds` parts of equal size (but for one row), at random as the seed says, and gives for each
    /// fold all the other rows, to train on, and its own, to validate on.
    ///
    /// # Errors
    ///
    /// [`DataError::InvalidFolds`] for less than two folds, or more than rows.
    pub fn k_fold(&self, folds: usize, seed: u64) -> Result<Folds<'_, M>, DataError> {
        self.fold_strata(vec![(0..self.len()).collect()], folds, seed)
    }

    /// The same with each class of a head in every part as often as in the whole, but for one row: `data.stratified(PatientHead::Health)?.split(0.8, 1)?`.
    ///
    /// Rows without a label for the head are a class of their own.
    ///
    /// # Errors
    ///
    /// [`DataError::UnknownHead`]; [`DataError::NotStratifiable`] if its targets are neither classes nor single numbers that are 0 or 1.
    pub fn stratified(&self, head: impl HeadName<M>) -> Result<Stratified<'_, M>, DataError> {
        Ok(Stratified { dataset: self, strata: self.strata(head.as_ref(), &(0..self.len()).collect::<Vec<_>>())? })
    }

    /// Some rows by the class that they have for a head.
    pub(crate) fn strata(&self, head: &str, rows: &[usize]) -> Result<Vec<Vec<usize>>, DataError> {
        let number = head_number::<M>(head)?;
        let column = &self.targets[number];
        let mut strata = BTreeMap::<Option<usize>, Vec<usize>>::new();
        for &row in rows {
            let class = match (column.class(row), column.real(row)) {
                (Some(class), _) => Some(class),
                (None, None) => None,
                (None, Some(&[value])) if value == M::Scalar::ZERO => Some(0),
                (None, Some(&[value])) if value == M::Scalar::ONE => Some(1),
                (None, Some(_)) => return Err(DataError::NotStratifiable { head: M::HEADS[number].name }),
            };
            strata.entry(class).or_default().push(row);
        }
        Ok(strata.into_values().collect())
    }

    fn split_strata(&self, strata: Vec<Vec<usize>>, fraction: f64, seed: u64) -> Result<(Self, Self), DataError> {
        let (first, second) = split_rows(strata, fraction, seed)?;
        Ok((self.select(&first), self.select(&second)))
    }

    fn fold_strata(&self, strata: Vec<Vec<usize>>, folds: usize, seed: u64) -> Result<Folds<'_, M>, DataError> {
        let rows = self.len();
        if folds < 2 || folds > rows {
            return Err(DataError::InvalidFolds { folds, rows });
        }
        // Dealt out like cards, stratum after stratum: every fold gets its share of each, and of all.
        let mut fold_of = vec![0; rows];
        for (place, row) in shuffled_strata(strata, seed, Purpose::Folds).into_iter().enumerate() {
            fold_of[row] = place % folds;
        }
        Ok(Folds { dataset: self, fold_of, folds, next: 0 })
    }
}

/// A data set to be cut so that each class of a head is in every part as often as in the whole.
#[derive(Clone, Debug)]
pub struct Stratified<'a, M: Model> {
    dataset: &'a Dataset<M>,
    strata: Vec<Vec<usize>>,
}

impl<'a, M: Model> Stratified<'a, M> {
    /// As [`Dataset::split`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn split(&self, fraction: f64, seed: u64) -> Result<(Dataset<M>, Dataset<M>), DataError> {
        self.dataset.split_strata(self.strata.clone(), fraction, seed)
    }

    /// As [`Dataset::k_fold`].
    ///
    /// # Errors
    ///
    /// As there.
    pub fn k_fold(&self, folds: usize, seed: u64) -> Result<Folds<'a, M>, DataError> {
        self.dataset.fold_strata(self.strata.clone(), folds, seed)
    }
}

/// The folds of a data set: an iterator over `(train, validation)`.
#[derive(Clone, Debug)]
pub struct Folds<'a, M: Model> {
    dataset: &'a Dataset<M>,
    fold_of: Vec<usize>,
    folds: usize,
    next: usize,
}

impl<M: Model> Iterator for Folds<'_, M> {
    type Item = (Dataset<M>, Dataset<M>);

    fn next(&mut self) -> Option<Self::Item> {
        if self.next == self.folds {
            return None;
        }
        let fold = self.next;
        self.next += 1;
        Some(self.dataset.partition(|row| self.fold_of[row] != fold))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.folds - self.next;
        (left, Some(left))
    }
}

impl<M: Model> ExactSizeIterator for Folds<'_, M> {}

/// Two lists of row numbers, each in ascending order, the first with `fraction` of all rows and of each stratum.
pub(crate) fn split_rows(strata: Vec<Vec<usize>>, fraction: f64, seed: u64) -> Result<(Vec<usize>, Vec<usize>), DataError> {
    let rows: usize = strata.iter().map(Vec::len).sum();
    if rows == 0 {
        return Err(DataError::Empty);
    }
    let share = libm::round(fraction * rows as f64);
    // Not `share < 1.0 || ..`: NaN must be refused too.
    if !(share >= 1.0 && share <= (rows - 1) as f64) {
        return Err(DataError::EmptySplit { rows, fraction });
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a whole number in 1..rows")]
    let share = share as u128;
    // As a line of that slope is drawn on a grid: evenly over the strata, and in all exactly `share`.
    let steps = |place: usize| place as u128 * share / rows as u128;
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (place, row) in shuffled_strata(strata, seed, Purpose::Split).into_iter().enumerate() {
        if steps(place + 1) > steps(place) { first.push(row) } else { second.push(row) }
    }
    first.sort_unstable();
    second.sort_unstable();
    Ok((first, second))
}

/// All rows, stratum after stratum, each stratum in random order.
fn shuffled_strata(mut strata: Vec<Vec<usize>>, seed: u64, purpose: Purpose) -> Vec<usize> {
    let mut random = Random::new(seed, purpose);
    for stratum in &mut strata {
        random.shuffle(stratum);
    }
    strata.concat()
}
