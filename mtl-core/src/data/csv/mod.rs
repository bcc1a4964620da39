//! Reading CSV files into data sets, row by row through a type of the user's.

mod lines;
mod row;

use core::fmt::{self, Formatter};
use core::marker::PhantomData;
use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use serde::de::{DeserializeOwned, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{DataError, Dataset, IntoSample};
use crate::model::Model;
use lines::{Broken, Lines};
use row::{Cells, Plan, RowError};

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
    let at = |line, error| DataError::Line { file: file.to_owned(), line, error: Box::new(error) };
    let broken = |broken| match broken {
        Broken::Io(error) => DataError::Read { file: file.to_owned(), error },
        Broken::Line(line, problem) => at(line, DataError::Unreadable { problem }),
    };
    let mut datasets = core::array::from_fn(|_| Dataset::new());
    let mut lines = Lines::new(reader);
    if !lines.advance().map_err(broken)? {
        return Err(at(1, DataError::Unreadable { problem: "the file is empty: its first line must have the titles of the columns".to_owned() }));
    }
    let titles: Vec<String> = (0..lines.len()).filter_map(|cell| lines.cell(cell)).map(ToOwned::to_owned).collect();
    let (mut plan, mut number) = (Plan::default(), 0);
    while lines.advance().map_err(broken)? {
        let row: Row = row(&lines, &titles, &mut plan).map_err(|error| at(lines.line(), with_separator(error, &titles)))?;
        let dataset = &mut datasets[part(&row)];
        dataset.insert(number, sample(row)).map_err(|error| at(lines.line(), error))?;
        number += 1;
    }
    Ok(datasets)
}

/// Makes a row of a line.
fn row<Row: DeserializeOwned>(lines: &Lines<impl Read>, titles: &[String], plan: &mut Plan) -> Result<Row, DataError> {
    let found = lines.len();
    if found != titles.len() {
        let over_lines = (0..found).any(|cell| lines.cell(cell).is_some_and(|cell| cell.contains('\n')));
        let hint = if over_lines { "; a cell in quotes goes on over several lines: is every quote closed?" } else { "" };
        let problem = format!("the line has {found} cells, but the header has {}: {}{hint}", titles.len(), listed(titles));
        return Err(DataError::Unreadable { problem });
    }
    let mut row = self::row::Row { cells: &lines, titles, plan, taken: 0, outermost: true };
    match Row::deserialize(&mut row) {
        Ok(value) if row.taken == found => Ok(value),
        Ok(_) => Err(DataError::Columns { found, expected: row.taken, titles: listed(titles) }),
        Err(_) if row.taken > found => Err(match columns_taken::<Row>(titles) {
            Some(expected) => DataError::Columns { found, expected, titles: listed(titles) },
            None => DataError::Unreadable { problem: format!("the row type takes more columns than the {found} of the file: {}", listed(titles)) },
        }),
        Err(RowError { cell: Some(cell), problem }) => {
            let (column, cell) = (titles.get(cell).cloned().unwrap_or_default(), lines.cell(cell).unwrap_or_default());
            Err(DataError::Cell { column, cell: shortened(cell, 40), problem })
        }
        Err(RowError { cell: None, problem }) => Err(DataError::Unreadable { problem: format!("{problem}; the columns are {}", listed(titles)) }),
    }
}

/// How many columns a row type takes that are in no struct, if it takes numbers and text alone.
fn columns_taken<Row: DeserializeOwned>(titles: &[String]) -> Option<usize> {
    /// More than any tuple has: a list that takes what there is would take these.
    const MANY: usize = 1 << 16;
    struct Zeros;
    impl<'de> Cells<'de> for Zeros {
        fn cell(&self, number: usize) -> Option<&'de str> {
            (number < MANY).then_some("0")
        }
    }
    let mut row = self::row::Row { cells: &Zeros, titles, plan: &mut Plan::default(), taken: 0, outermost: true };
    Row::deserialize(&mut row).ok().map(|_| row.taken).filter(|&taken| taken < MANY)
}

impl<'de, R: Read> Cells<'de> for &'de Lines<R> {
    fn cell(&self, number: usize) -> Option<&'de str> {
        Lines::cell(self, number)
    }
}

/// Where the header is one column for a reader of commas, but not for whoever wrote it, that is what is wrong.
fn with_separator(error: DataError, titles: &[String]) -> DataError {
    let [title] = titles else { return error };
    match [(';', "a semicolon"), ('\t', "a tab"), ('|', "a bar")].into_iter().find(|(separator, _)| title.contains(*separator)) {
        Some((_, separator)) => {
            let problem = format!("cells are separated by commas here, but {separator} separates the titles `{}`", shortened(title, 80));
            DataError::Unreadable { problem }
        }
        None => error,
    }
}

/// The titles for a message.
fn listed(titles: &[String]) -> String {
    const MOST: usize = 20;
    let names: Vec<String> = titles.iter().take(MOST).map(|title| format!("`{}`", shortened(title, 40))).collect();
    if titles.len() > MOST { format!("{}, ..", names.join(", ")) } else { names.join(", ") }
}

/// The beginning of a text.
fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}..", &text[..end]),
        None => text.to_owned(),
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
