//! Data sets: typed rows in, compact columns inside, checked on entry.

#[cfg(feature = "arrow")]
mod arrow;
mod column;
mod csv;
mod describe;
mod error;
#[cfg(feature = "parquet")]
mod parquet;
pub(crate) mod predict;
mod predictions;
mod rows;
mod sample;
mod split;
mod table;

#[cfg(test)]
mod tests;

#[cfg(feature = "arrow")]
pub use self::arrow::{Batches, RecordBatches};
pub use self::csv::{Csv, CsvFile, Fields};
#[cfg(feature = "parquet")]
pub use self::parquet::{Parquet, ParquetFile};
pub use describe::{ColumnDescription, ColumnKind, Description, describe};
pub use error::{BoxedError, DataError};
pub use predictions::{WriteError, write_predictions, write_predictions_to};
pub use rows::{InputsRow, Rows, TargetsRow};
pub use sample::{IntoSample, Sample};
pub(crate) use split::split_rows;
pub use split::{Folds, Stratified};
pub use table::Table;

use core::fmt::{self, Debug, Formatter};
use std::borrow::ToOwned;
use std::vec;
use std::vec::Vec;

use crate::hash::Hash;
use crate::kernel::scalar::Scalar;
use crate::model::record::{FieldKind, Record, TargetError};
use crate::model::{Columns, HeadInfo, HeadName, InputError, Model};
use crate::random::{Purpose, Random};
use column::Column;

/// Samples for a model: inputs, targets by head (some of which may be missing where the head says `labels: partial`), weights.
///
/// Every row is checked when it goes in: numbers are finite, classes are in range, targets are what the losses are
/// defined for, and labels are there where they are required. Training and evaluating need not look again.
pub struct Dataset<M: Model> {
    rows: usize,
    inputs: Vec<Column<M::Scalar>>,
    targets: Vec<Column<M::Scalar>>,
    /// Empty as long as every weight is 1.
    weights: Vec<M::Scalar>,
}

/// How many labels a head has in a data set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelCounts {
    /// How many rows have one.
    pub present: usize,
    /// How many have none.
    pub missing: usize,
    /// How many rows there are of each class. A head of one output with a binary loss has two: 0 and 1, or −1 and 1 for a hinge; a label between
    /// them is of neither. Empty for other numbers.
    pub classes: Vec<usize>,
    /// The names of the classes in the same order, of a head whose classes have names.
    pub names: &'static [&'static str],
}

impl<M: Model> Dataset<M> {
    /// A data set without rows.
    #[must_use]
    pub fn new() -> Self {
        Self {
            rows: 0,
            inputs: M::INPUTS.iter().map(|input| Column::new(input.kind, false)).collect(),
            targets: M::HEADS.iter().map(|head| Column::new(head.target, head.partial)).collect(),
            weights: Vec::new(),
        }
    }

    /// A data set of typed rows: `(inputs, targets)` or what else [`IntoSample`] takes.
    ///
    /// # Errors
    ///
    /// The first row that is not valid, by its number among `rows`.
    pub fn from_rows<S: IntoSample<M>>(rows: impl IntoIterator<Item = S>) -> Result<Self, DataError> {
        let rows = rows.into_iter();
        let mut dataset = Self::new();
        dataset.reserve(rows.size_hint().0);
        for (number, row) in rows.enumerate() {
            dataset.insert(number, row)?;
        }
        Ok(dataset)
    }

    /// Appends a row.
    ///
    /// # Errors
    ///
    /// What is wrong with it; then nothing is appended.
    pub fn push(&mut self, inputs: M::Inputs, targets: M::Targets) -> Result<(), DataError> {
        self.push_weighted(inputs, targets, 1.0)
    }

    /// Appends a row that counts `weight` times in the losses: at least 0, and finite in the model's scalar.
    ///
    /// # Errors
    ///
    /// What is wrong with it; then nothing is appended.
    #[allow(clippy::needless_pass_by_value, reason = "a row goes in; what is stored is a copy only because columns are")]
    pub fn push_weighted(&mut self, inputs: M::Inputs, targets: M::Targets, weight: f64) -> Result<(), DataError> {
        self.push_records(self.rows, &inputs, &targets, weight)
    }

    /// Appends what a row makes, if anything; `number` is what errors call it.
    fn insert<S: IntoSample<M>>(&mut self, number: usize, row: S) -> Result<(), DataError> {
        match row.into_sample().map_err(|error| DataError::Rejected { row: number, error })? {
            Some(Sample { inputs, targets, weight }) => self.push_records(number, &inputs, &targets, weight),
            None => Ok(()),
        }
    }

    fn push_records(&mut self, row: usize, inputs: &impl Record<M::Scalar>, targets: &impl Record<M::Scalar>, weight: f64) -> Result<(), DataError> {
        check_inputs::<M>(row, inputs)?;
        check_targets::<M>(row, targets)?;
        if !(weight >= 0.0 && M::Scalar::from_f64(weight).is_finite()) {
            return Err(DataError::InvalidWeight { row, weight });
        }
        self.append_row(inputs, targets, weight);
        Ok(())
    }

    /// Appends a row that was checked before.
    fn append_row(&mut self, inputs: &impl Record<M::Scalar>, targets: &impl Record<M::Scalar>, weight: f64) {
        for (field, column) in self.inputs.iter_mut().enumerate() {
            column.push(inputs, field);
        }
        for (field, column) in self.targets.iter_mut().enumerate() {
            column.push(targets, field);
        }
        let weight = M::Scalar::from_f64(weight);
        if self.weights.is_empty() && weight != M::Scalar::ONE {
            self.weights.resize(self.rows, M::Scalar::ONE);
            self.weights.push(weight);
        } else if !self.weights.is_empty() {
            self.weights.push(weight);
        }
        self.rows += 1;
    }

    fn reserve(&mut self, rows: usize) {
        for column in self.inputs.iter_mut().chain(&mut self.targets) {
            column.reserve(rows);
        }
    }

    /// How many rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The inputs of a row.
    #[must_use]
    pub fn inputs(&self, row: usize) -> Option<InputsRow<'_, M>> {
        (row < self.rows).then_some(InputsRow { dataset: self, row })
    }

    /// The targets of a row.
    #[must_use]
    pub fn targets(&self, row: usize) -> Option<TargetsRow<'_, M>> {
        (row < self.rows).then_some(TargetsRow { dataset: self, row })
    }

    /// The weight of a row.
    #[must_use]
    pub fn weight(&self, row: usize) -> Option<f64> {
        (row < self.rows).then(|| self.scalar_weight(row).to_f64())
    }

    #[inline(always)]
    fn scalar_weight(&self, row: usize) -> M::Scalar {
        if self.weights.is_empty() { M::Scalar::ONE } else { self.weights[row] }
    }

    /// Rows in any order, with repetitions if need be, as a batch for [`pass`](crate::pass); nothing is copied.
    ///
    /// # Errors
    ///
    /// [`DataError::RowOutOfRange`].
    pub fn rows<'a>(&'a self, rows: &'a [usize]) -> Result<Rows<'a, M>, DataError> {
        self.check_rows(rows)?;
        Ok(Rows::new(self, rows))
    }

    fn check_rows(&self, rows: &[usize]) -> Result<(), DataError> {
        match rows.iter().find(|&&row| row >= self.rows) {
            Some(&row) => Err(DataError::RowOutOfRange { row, rows: self.rows }),
            None => Ok(()),
        }
    }

    /// Whether some rows count for nothing, all of them.
    pub(crate) fn weighs_nothing(&self, rows: &[usize]) -> bool {
        rows.iter().all(|&row| self.scalar_weight(row) == M::Scalar::ZERO)
    }

    /// How many labels a head has, and how many of each class.
    ///
    /// # Errors
    ///
    /// [`DataError::UnknownHead`].
    pub fn labels(&self, head: impl HeadName<M>) -> Result<LabelCounts, DataError> {
        let number = head_number::<M>(head.as_ref())?;
        let (column, ends) = (&self.targets[number], two_classes(&M::HEADS[number]));
        let names = M::HEADS[number].columns.named().first().map_or(&[][..], |column| column.categories);
        let mut counts =
            LabelCounts { present: 0, missing: 0, classes: vec![0; column.classes().unwrap_or(if ends.is_some() { 2 } else { 0 })], names };
        for row in 0..self.rows {
            if column.is_present(row) {
                counts.present += 1;
            } else {
                counts.missing += 1;
            }
            let class = match (column.class(row), column.real(row), ends) {
                (None, Some(&[label]), Some(ends)) => ends.iter().position(|&end| label.to_f64() == end),
                (class, _, _) => class,
            };
            if let Some(class) = class {
                counts.classes[class] += 1;
            }
        }
        Ok(counts)
    }

    /// A hash of all inputs, targets and weights in their order, to tell data sets apart.
    pub(crate) fn hash(&self) -> u64 {
        let mut hash = Hash::new();
        hash.word(self.rows as u64);
        self.inputs.iter().chain(&self.targets).for_each(|column| column.hash(&mut hash));
        self.weights.iter().for_each(|weight| hash.word(weight.to_f64().to_bits()));
        hash.finish()
    }

    /// The rows with these numbers, in this order; a number may come more than once.
    ///
    /// # Errors
    ///
    /// [`DataError::RowOutOfRange`].
    pub fn subset(&self, rows: &[usize]) -> Result<Self, DataError> {
        self.check_rows(rows)?;
        Ok(self.select(rows))
    }

    /// Rows that are known to exist.
    fn select(&self, rows: &[usize]) -> Self {
        let mut subset = Self::new();
        subset.reserve(rows.len());
        for &row in rows {
            subset.append_from(self, row);
        }
        subset
    }

    fn append_from(&mut self, other: &Self, row: usize) {
        self.append_row(&InputsRow { dataset: other, row }, &TargetsRow { dataset: other, row }, other.scalar_weight(row).to_f64());
    }

    /// Appends the rows of another data set.
    pub fn append(&mut self, other: &Self) {
        self.reserve(other.rows);
        for row in 0..other.rows {
            self.append_from(other, row);
        }
    }

    /// The rows in a random order, which the seed fixes.
    ///
    /// Training shuffles by itself, anew for each epoch; this is for data that are to be cut by row number.
    #[must_use]
    pub fn shuffled(&self, seed: u64) -> Self {
        let mut rows: Vec<usize> = (0..self.rows).collect();
        Random::new(seed, Purpose::ShuffleRows).shuffle(&mut rows);
        self.select(&rows)
    }
}

impl<M: Model> Default for Dataset<M> {
    fn default() -> Self {
        Self::new()
    }
}

impl<M: Model> Clone for Dataset<M> {
    fn clone(&self) -> Self {
        Self { rows: self.rows, inputs: self.inputs.clone(), targets: self.targets.clone(), weights: self.weights.clone() }
    }
}

impl<M: Model> PartialEq for Dataset<M> {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows
            && self.inputs == other.inputs
            && self.targets == other.targets
            && (0..self.rows).all(|row| self.scalar_weight(row) == other.scalar_weight(row))
    }
}

impl<M: Model> Debug for Dataset<M> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Dataset").field("model", &M::NAME).field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// The labels of the two classes of a head whose target is one number; `None` for any other.
pub(crate) fn two_classes(head: &HeadInfo) -> Option<[f64; 2]> {
    match (head.target, head.loss) {
        (FieldKind::Real { width: 1 }, "binary_cross_entropy" | "binary_focal") => Some([0.0, 1.0]),
        (FieldKind::Real { width: 1 }, "hinge" | "squared_hinge") => Some([-1.0, 1.0]),
        _ => None,
    }
}

/// The number of a head by its name.
pub(crate) fn head_number<M: Model>(name: &str) -> Result<usize, DataError> {
    M::HEADS.iter().position(|head| head.name == name).ok_or_else(|| DataError::UnknownHead { model: M::NAME, head: name.to_owned() })
}

fn check_inputs<M: Model>(row: usize, inputs: &impl Record<M::Scalar>) -> Result<(), DataError> {
    for (field, input) in M::INPUTS.iter().enumerate() {
        if let Columns::Named(columns @ [_, ..]) = input.columns
            && matches!(input.kind, FieldKind::Real { .. })
            && inputs.cell(field, columns.len() - 1).is_some()
            && inputs.cell(field, columns.len()).is_none()
        {
            let checked = crate::model::check_columns(input.name, columns, |column| inputs.cell(field, column));
            checked.map_err(|InputError { input, column, problem }| DataError::InvalidInput { row, input, column, problem })?;
            continue;
        }
        match check_field(input.kind, inputs.real(field), inputs.class(field)) {
            Ok(()) => {}
            Err(Problem::Missing) => return Err(DataError::MissingInput { row, input: input.name }),
            Err(Problem::Width { expected, found }) => return Err(DataError::WrongWidth { row, field: input.name, expected, found }),
            Err(Problem::Value(problem)) => return Err(DataError::InvalidInput { row, input: input.name, column: None, problem }),
        }
    }
    Ok(())
}

fn check_targets<M: Model>(row: usize, targets: &impl Record<M::Scalar>) -> Result<(), DataError> {
    for (field, head) in M::HEADS.iter().enumerate() {
        match check_field(head.target, targets.real(field), targets.class(field)) {
            Ok(()) => {}
            Err(Problem::Missing) if head.partial => {}
            Err(Problem::Missing) => return Err(DataError::MissingLabel { row, head: head.name }),
            Err(Problem::Width { expected, found }) => return Err(DataError::WrongWidth { row, field: head.name, expected, found }),
            Err(Problem::Value(problem)) => return Err(DataError::InvalidTarget { row, head: head.name, problem }),
        }
    }
    M::check_targets(targets).map_err(|(head, problem)| DataError::InvalidTarget { row, head: M::HEADS[head].name, problem })
}

enum Problem {
    Missing,
    Width { expected: usize, found: usize },
    Value(TargetError),
}

fn check_field<T: Scalar>(kind: FieldKind, real: Option<&[T]>, class: Option<usize>) -> Result<(), Problem> {
    match kind {
        FieldKind::Real { width } => match real {
            None => Err(Problem::Missing),
            Some(numbers) if numbers.len() != width => Err(Problem::Width { expected: width, found: numbers.len() }),
            Some(numbers) => crate::model::record::check_finite(numbers).map_err(Problem::Value),
        },
        FieldKind::Class { classes } => match class {
            None => Err(Problem::Missing),
            Some(class) if class >= classes => Err(Problem::Value(TargetError::ClassOutOfRange { class, classes })),
            Some(_) => Ok(()),
        },
    }
}
