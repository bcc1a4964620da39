//! What can be wrong with data.

use std::boxed::Box;
use std::format;
use std::path::PathBuf;
use std::string::String;

use crate::model::column::Of;
use crate::model::record::TargetError;

/// Any error of the user's own.
pub type BoxedError = Box<dyn core::error::Error + Send + Sync>;

/// Data that a [`Dataset`](super::Dataset) does not take, or cannot give. Rows are counted from 0.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum DataError {
    /// NaN or infinity in an input, or a class index out of range.
    #[error("row {row}: input `{input}`{}: {problem}", Of(*column))]
    InvalidInput {
        /// The row.
        row: usize,
        /// The input's name.
        input: &'static str,
        /// The name of its column, of an input whose columns have names.
        column: Option<&'static str>,
        /// What is wrong with it.
        problem: TargetError,
    },
    /// NaN or infinity in a target, a class index out of range, or a value that the head's loss is not defined for.
    #[error("row {row}: head `{head}`: {problem}")]
    InvalidTarget {
        /// The row.
        row: usize,
        /// The head's name.
        head: &'static str,
        /// What is wrong with it.
        problem: TargetError,
    },
    /// An input that a row does not have.
    #[error("row {row}: input `{input}` is missing")]
    MissingInput {
        /// The row.
        row: usize,
        /// The input's name.
        input: &'static str,
    },
    /// No label for a head that requires one.
    #[error("row {row}: head `{head}` has no label; declare it with `labels: partial` if labels may be missing")]
    MissingLabel {
        /// The row.
        row: usize,
        /// The head's name.
        head: &'static str,
    },
    /// A field of another width than the model's.
    #[error("row {row}: `{field}` has {found} numbers instead of {expected}")]
    WrongWidth {
        /// The row.
        row: usize,
        /// The input's or the head's name.
        field: &'static str,
        /// How many the model takes.
        expected: usize,
        /// How many the row has.
        found: usize,
    },
    /// A sample weight that is negative, or not finite in the model's scalar.
    #[error("row {row}: the sample weight {weight} is not a number of at least 0 that is finite in the model's scalar")]
    InvalidWeight {
        /// The row.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// What the function that makes samples returned instead of one.
    #[error("row {row}: {error}")]
    Rejected {
        /// The row.
        row: usize,
        /// The error.
        error: BoxedError,
    },
    /// Something wrong on a line of a CSV file.
    #[error("{file}, line {line}: {error}")]
    Line {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: u64,
        /// What is wrong.
        error: Box<DataError>,
    },
    /// Something wrong in a row of a table without lines, or with its columns.
    #[error("{file}{}: {error}", row.map(|row| format!(", row {row}")).unwrap_or_default())]
    Row {
        /// The file.
        file: String,
        /// The row, counted from 1; none for the columns.
        row: Option<u64>,
        /// What is wrong.
        error: Box<DataError>,
    },
    /// A cell of a CSV file that cannot be read as what the row type says.
    #[error("column `{column}`, cell `{cell}`: {problem}")]
    Cell {
        /// The column's title.
        column: String,
        /// The text of the cell, or its beginning.
        cell: String,
        /// What is wrong.
        problem: String,
    },
    /// A column that a model takes and a file does not have.
    #[error("there is no column `{column}` for {of}; the file has {found}{hint}")]
    NoColumn {
        /// What takes it: "the input `person`".
        of: String,
        /// Its title.
        column: String,
        /// The titles that there are.
        found: String,
        /// What may have been meant; may be empty.
        hint: String,
    },
    /// A column that a model takes and a file has twice.
    #[error("there are two columns `{column}`, of which {of} takes one")]
    TwoColumns {
        /// What takes it: "the input `person`".
        of: String,
        /// Their title.
        column: String,
    },
    /// A tuple that takes more or fewer columns than a CSV file has.
    #[error("the file has {found} columns, but the row type takes {expected}: {titles}")]
    Columns {
        /// How many the file has.
        found: usize,
        /// How many the row type takes.
        expected: usize,
        /// The titles of those in the file.
        titles: String,
    },
    /// A line of a CSV file that cannot be cut into cells, or does not have what the row type says.
    #[error("{problem}")]
    Unreadable {
        /// What is wrong.
        problem: String,
    },
    /// A file that cannot be read on.
    #[error("cannot read {file}: {error}")]
    Read {
        /// The file.
        file: String,
        /// Why.
        error: std::io::Error,
    },
    /// A file that cannot be opened.
    #[error("cannot read {}: {error}", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A data set without rows.
    #[error("the data set is empty")]
    Empty,
    /// A split that leaves one side without rows.
    #[error("splitting {rows} rows at {fraction} leaves one side empty")]
    EmptySplit {
        /// How many rows there are.
        rows: usize,
        /// The part that was to be split off.
        fraction: f64,
    },
    /// A number of folds that cannot be.
    #[error("{rows} rows cannot be cut into {folds} folds: there must be 2 folds or more, and a row for each")]
    InvalidFolds {
        /// How many folds were asked for.
        folds: usize,
        /// How many rows there are.
        rows: usize,
    },
    /// A row number beyond the end.
    #[error("row {row} is out of range: there are {rows} rows")]
    RowOutOfRange {
        /// The row.
        row: usize,
        /// How many there are.
        rows: usize,
    },
    /// A head that the model does not have.
    #[error("`{model}` has no head `{head}`")]
    UnknownHead {
        /// The model's name.
        model: &'static str,
        /// The name that was asked for.
        head: String,
    },
    /// Values that a `Normalize` layer cannot be adapted to.
    #[error(transparent)]
    Adapt(#[from] crate::adapt::AdaptError),
    /// A head whose targets are not classes, nor one number that is 0 or 1.
    #[error("rows cannot be stratified by the head `{head}`: its targets are neither classes nor all 0 or 1")]
    NotStratifiable {
        /// The head.
        head: &'static str,
    },
}
