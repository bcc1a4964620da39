//! Reading CSV files into data sets: as tables, or row by row through a type of the user's.

mod file;
mod lines;
mod quoting;

pub use file::{Csv, CsvFile};
pub(super) use lines::{likely_delimiter, listed, listed_with, shortened};

use core::fmt::{self, Formatter};
use core::marker::PhantomData;
use std::borrow::ToOwned;
use std::format;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::string::ToString;
use std::vec;

use csv::{ErrorKind, StringRecord};
use serde::de::{DeserializeOwned, Error as _, IgnoredAny, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::table::SHOWN;
use super::{DataError, Dataset, IntoSample};
use crate::model::Model;
use crate::progress::Work;
use lines::{Lines, check_cells};

impl<M: Model> Dataset<M> {
    /// Reads a CSV file with a header: each line becomes a `Row` by serde, and `sample` makes inputs and targets of it. Where columns are inputs and
    /// targets as they are, [`from_csv`](Self::from_csv) needs neither.
    ///
    /// ```
    /// # use mtl_core::{data::{DataError, Dataset}, model::Model};
    /// # fn read<Patient: Model>(sample: impl Fn([f32; 2], usize) -> (Patient::Inputs, Patient::Targets)) -> Result<Dataset<Patient>, DataError> {
    /// #[derive(serde::Deserialize)]
    /// struct Line {
    ///     lncoins: f32,
    ///     idp: f32,
    ///     health: usize,
    /// }
    ///
    /// let data = Dataset::<Patient>::from_csv_rows("data/randhie.csv", |line: Line| sample([line.lncoins, line.idp], line.health))?;
    /// # Ok(data)
    /// # }
    /// ```
    ///
    /// `sample` may also return an `Option`, to skip lines, or a `Result`: see [`IntoSample`]. An empty cell is `None` in an
    /// `Option` field, and so is a column that the file does not have: [`labels`](Self::labels) tells what arrived. A struct takes the columns that are
    /// called like its fields, and passes over others. A tuple takes all columns in order; [`Fields`] stands for many columns of one kind.
    ///
    /// Cells are separated by commas, and may be in quotes, in which a quote is written twice (RFC 4180). Blanks around cells do not count outside of
    /// quotes, nor do empty lines and a byte order mark. Lines end in LF or CR LF.
    ///
    /// # Errors
    ///
    /// A file that cannot be read; the first line that cannot, or whose sample is not valid, by its number and with the text of the cell: lines of
    /// another length than the header, quotes that are not closed, text that is not UTF-8, a tuple of more or fewer columns than the file has, a field
    /// of a struct without a column or with two of its name.
    pub fn from_csv_rows<Row, S>(path: impl AsRef<Path>, sample: impl FnMut(Row) -> S) -> Result<Self, DataError>
    where
        Row: DeserializeOwned,
        S: IntoSample<M>,
    {
        let path = path.as_ref();
        read(open(path)?, &path.display().to_string(), |_| 0, sample).map(|[dataset]| dataset)
    }

    /// As [`from_csv_rows`](Self::from_csv_rows), from anything that can be read.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read, or whose sample is not valid, by its number.
    pub fn from_csv_reader_rows<Row, S>(reader: impl Read, sample: impl FnMut(Row) -> S) -> Result<Self, DataError>
    where
        Row: DeserializeOwned,
        S: IntoSample<M>,
    {
        read(reader, "CSV", |_| 0, sample).map(|[dataset]| dataset)
    }

    /// As [`from_csv_rows`](Self::from_csv_rows) for a file that says how it is to be split: the lines that `first` accepts, and the others.
    ///
    /// ```
    /// # use mtl_core::{data::{DataError, Dataset}, model::Model};
    /// # #[derive(serde::Deserialize)] struct Line { split: String }
    /// # fn read<Patient: Model>(sample: impl Fn(Line) -> (Patient::Inputs, Patient::Targets)) -> Result<(), DataError> {
    /// let (train, test) = Dataset::<Patient>::split_csv_rows("data/randhie.csv", |line: &Line| line.split == "train", sample)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_csv_rows`](Self::from_csv_rows).
    pub fn split_csv_rows<Row, S>(
        path: impl AsRef<Path>,
        mut first: impl FnMut(&Row) -> bool,
        sample: impl FnMut(Row) -> S,
    ) -> Result<(Self, Self), DataError>
    where
        Row: DeserializeOwned,
        S: IntoSample<M>,
    {
        let path = path.as_ref();
        read(open(path)?, &path.display().to_string(), |row| usize::from(!first(row)), sample).map(|[first, second]| (first, second))
    }
}

/// What is wrong with a file without a line.
const NO_HEADER: &str = "the file is empty: its first line must have the titles of the columns";

fn open(path: &Path) -> Result<File, DataError> {
    File::open(path).map_err(|error| DataError::Open { path: path.to_owned(), error })
}

/// Reads lines into the data set of which `part` says the number.
fn read<M: Model, Row: DeserializeOwned, S: IntoSample<M>, const PARTS: usize>(
    reader: impl Read,
    file: &str,
    mut part: impl FnMut(&Row) -> usize,
    mut sample: impl FnMut(Row) -> S,
) -> Result<[Dataset<M>; PARTS], DataError> {
    let mut lines = Lines::new(reader, file, b',', 1);
    let (mut titles, mut record) = (StringRecord::new(), StringRecord::new());
    if lines.next(&mut titles)?.is_none() {
        return Err(lines.at(1, DataError::Unreadable { problem: NO_HEADER.to_owned() }));
    }
    let mut datasets = core::array::from_fn(|_| Dataset::new());
    let mut number = 0;
    let mut progress = Work::new("reading rows", None);
    while let Some(line) = lines.next(&mut record)? {
        let row: Row = row(&record, &titles).map_err(|error| lines.at(line, with_separator(error, &titles)))?;
        let dataset = &mut datasets[part(&row)];
        dataset.insert(number, sample(row)).map_err(|error| lines.at(line, error))?;
        number += 1;
        if number % SHOWN == 0 {
            progress.at(number);
        }
    }
    Ok(datasets)
}

/// Makes a row of a line, which takes all columns.
fn row<Row: DeserializeOwned>(record: &StringRecord, titles: &StringRecord) -> Result<Row, DataError> {
    check_cells(record, titles)?;
    let found = record.len();
    let columns = |expected| DataError::Columns { found, expected, titles: listed(titles) };
    match record.deserialize(Some(titles)) {
        Ok(Whole { row, surplus: 0 }) => Ok(row),
        Ok(Whole { surplus, .. }) => Err(columns(found - surplus)),
        Err(error) => Err(match columns_taken::<Row>() {
            Some(expected) if expected != found => columns(expected),
            Some(_) | None => cell_error(&error, record, titles),
        }),
    }
}

/// A row, and how many columns are left behind those that it took: none behind a struct or a map, which takes them by their titles.
struct Whole<Row> {
    row: Row,
    surplus: usize,
}

impl<'de, Row: Deserialize<'de>> Deserialize<'de> for Whole<Row> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns<Row>(PhantomData<Row>);

        impl<'de, Row: Deserialize<'de>> Visitor<'de> for Columns<Row> {
            type Value = Whole<Row>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                formatter.write_str("the columns of a line")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut columns: A) -> Result<Self::Value, A::Error> {
                let row = columns.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let mut surplus = 0;
                while columns.next_element::<IgnoredAny>()?.is_some() {
                    surplus += 1;
                }
                Ok(Whole { row, surplus })
            }
        }

        deserializer.deserialize_tuple(2, Columns(PhantomData))
    }
}

/// How many columns a row type takes that is a tuple of numbers and text.
fn columns_taken<Row: DeserializeOwned>() -> Option<usize> {
    /// More than any tuple has: a list that takes what there is would take these.
    const MANY: usize = 1 << 16;
    let zeros = StringRecord::from(vec!["0"; MANY]);
    // With titles, so that a struct looks for its fields, which are not there.
    let Whole::<Row> { surplus, .. } = zeros.deserialize(Some(&zeros)).ok()?;
    (surplus > 0).then_some(MANY - surplus)
}

/// Names the column, which the error of the reader only counts, and shows the cell.
fn cell_error(error: &csv::Error, record: &StringRecord, titles: &StringRecord) -> DataError {
    let ErrorKind::Deserialize { err, .. } = error.kind() else { return DataError::Unreadable { problem: error.to_string() } };
    let field = err.field().and_then(|field| usize::try_from(field).ok());
    if let Some((column, cell)) = field.and_then(|field| titles.get(field).zip(record.get(field))) {
        return DataError::Cell { column: column.to_owned(), cell: shortened(cell, 40), problem: err.kind().to_string() };
    }
    let cells = listed_with(titles.iter().zip(record).map(|(title, cell)| format!("{} = `{}`", shortened(title, 40), shortened(cell, 40))));
    DataError::Unreadable { problem: format!("{}; the line has {cells}", err.kind()) }
}

/// Where the header is one column for a reader of commas, but not for whoever wrote it, that is what is wrong.
fn with_separator(error: DataError, titles: &StringRecord) -> DataError {
    match likely_delimiter(titles) {
        Some((_, separator)) => {
            let titles = titles.get(0).unwrap_or_default();
            let problem = format!("cells are separated by commas here, but {separator} separates the titles `{}`", shortened(titles, 80));
            DataError::Unreadable { problem }
        }
        None => error,
    }
}

/// `N` columns of one kind, for rows that are tuples: `|(Fields(pixels), digit): (Fields<f32, 64>, usize)|`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fields<T, const N: usize>(pub [T; N]);

impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Deserialize<'de> for Fields<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Columns<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + Copy + Default, const N: usize> Visitor<'de> for Columns<T, N> {
            type Value = Fields<T, N>;

            fn expecting(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
                write!(formatter, "{N} columns")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut columns: A) -> Result<Self::Value, A::Error> {
                let mut values = [T::default(); N];
                for (number, value) in values.iter_mut().enumerate() {
                    *value = columns.next_element()?.ok_or_else(|| A::Error::invalid_length(number, &self))?;
                }
                Ok(Fields(values))
            }
        }

        deserializer.deserialize_tuple(N, Columns(PhantomData))
    }
}
