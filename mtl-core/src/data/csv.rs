//! Reading CSV files into data sets, row by row through a type of the user's.

use core::fmt::{self, Formatter};
use core::marker::PhantomData;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::string::ToString;

use csv::{ErrorKind, Reader, StringRecord};
use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{DataError, Dataset, IntoSample};
use crate::model::Model;

impl<M: Model> Dataset<M> {
    /// Reads a CSV file with a header: each line becomes a `Row` by serde, and `sample` makes inputs and targets of it.
    ///
    /// ```ignore
    /// #[derive(Deserialize)]
    /// struct Record { lncoins: f32, idp: f32, limited: Option<f32>, health: usize }
    ///
    /// let data = Dataset::<Patient>::from_csv("data/randhie.csv", |row: Record| {
    ///     (PatientInputs { record: [row.lncoins, row.idp].into() },
    ///      PatientTargets { limited: row.limited.map(|y| [y].into()), health: row.health })
    /// })?;
    /// ```
    ///
    /// `sample` may also return an `Option`, to skip lines, or a `Result`: see [`IntoSample`]. An empty cell is `None` in an
    /// `Option` field, and so is a column that the file does not have: [`labels`](Self::labels) tells what arrived. A tuple as `Row` takes the columns in order; [`Fields`] stands for many columns of one kind.
    ///
    /// # Errors
    ///
    /// A file that cannot be read; the first line that cannot, or whose sample is not valid, by its number.
    pub fn from_csv<Row, S>(path: impl AsRef<Path>, sample: impl FnMut(Row) -> S) -> Result<Self, DataError>
    where
        Row: DeserializeOwned,
        S: IntoSample<M>,
    {
        let path = path.as_ref();
        read(open(path)?, &path.display().to_string(), |_| 0, sample).map(|[dataset]| dataset)
    }

    /// As [`from_csv`](Self::from_csv), from anything that can be read.
    ///
    /// # Errors
    ///
    /// The first line that cannot be read, or whose sample is not valid, by its number.
    pub fn from_csv_reader<Row, S>(reader: impl Read, sample: impl FnMut(Row) -> S) -> Result<Self, DataError>
    where
        Row: DeserializeOwned,
        S: IntoSample<M>,
    {
        read(reader, "CSV", |_| 0, sample).map(|[dataset]| dataset)
    }

    /// As [`from_csv`](Self::from_csv) for a file that says how it is to be split: the lines that `first` accepts, and the others.
    ///
    /// ```ignore
    /// let (train, test) = Dataset::<Patient>::split_csv("data/randhie.csv", |row: &Record| row.split == "train", sample)?;
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_csv`](Self::from_csv).
    pub fn split_csv<Row, S>(
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
    let mut datasets = core::array::from_fn(|_| Dataset::new());
    let mut reader = Reader::from_reader(reader);
    let unreadable = |error: csv::Error| {
        let line = error.position().map_or(1, csv::Position::line);
        DataError::Line { file: file.to_owned(), line, error: Box::new(DataError::Csv(error)) }
    };
    let titles = reader.headers().map_err(unreadable)?.clone();
    let mut record = StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(unreadable)? {
        let line = record.position().map_or(0, csv::Position::line);
        let at_line = |error| DataError::Line { file: file.to_owned(), line, error: Box::new(error) };
        let row: Row = record.deserialize(Some(&titles)).map_err(|error| at_line(cell_error(error, &titles)))?;
        let dataset = &mut datasets[part(&row)];
        dataset.insert(number, sample(row)).map_err(at_line)?;
        number += 1;
    }
    Ok(datasets)
}

/// Names the column, which the error of the CSV reader only counts.
fn cell_error(error: csv::Error, titles: &StringRecord) -> DataError {
    if let ErrorKind::Deserialize { err, .. } = error.kind() {
        let problem = err.kind().to_string();
        return match err.field().and_then(|field| titles.get(usize::try_from(field).ok()?)) {
            Some(column) => DataError::Cell { column: column.to_owned(), problem },
            None => DataError::Unreadable { problem },
        };
    }
    DataError::Csv(error)
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
