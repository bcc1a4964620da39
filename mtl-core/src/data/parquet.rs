//! Parquet files as tables.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};

use csv::StringRecord;
use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use parquet::record::reader::RowIter;

use super::table::{Mapping, Records, Source, Table};
use super::{DataError, Dataset};
use crate::model::Model;

impl<M: Model> Dataset<M> {
    /// Reads a Parquet file whose columns have the titles that the model's inputs and heads have. [`Parquet`] has settings.
    ///
    /// # Errors
    ///
    /// Those of [`Parquet::read`](Table::read).
    pub fn from_parquet(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Parquet::open(path).read()
    }
}

/// A Parquet file, of which each column becomes an input or a target by its title: see [`Table`]. With the feature `parquet`.
///
/// Columns are of numbers, truth values or text; a null and a NaN are missing. Pages may be compressed with Snappy or not at all. Errors count rows
/// from 1.
///
/// ```
/// # use mtl_core::{data::{DataError, Dataset, Parquet}, model::Model};
/// # fn read<Adult: Model>() -> Result<(Dataset<Adult>, Dataset<Adult>), DataError> {
/// let (train, test) = Parquet::open("adult.parquet").rare(10).split::<Adult>("split", "train")?;
/// # Ok((train, test))
/// # }
/// ```
pub type Parquet = Table<ParquetFile>;

/// The file of a [`Parquet`].
#[derive(Clone, Debug)]
pub struct ParquetFile {
    path: PathBuf,
}

impl Parquet {
    /// A file, which is read by [`read`](Self::read) and [`split`](Self::split).
    #[must_use]
    pub fn open(path: impl AsRef<Path>) -> Self {
        Self { source: ParquetFile { path: path.as_ref().to_owned() }, mapping: Mapping::default() }
    }
}

impl Source for ParquetFile {
    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn records(&self) -> Result<impl Records, DataError> {
        let file = File::open(&self.path).map_err(|error| DataError::Open { path: self.path.clone(), error })?;
        let name = self.name();
        let reader = caught(|| SerializedFileReader::new(file)).map_err(|problem| broken(&name, problem))?;
        let columns = reader.metadata().file_metadata().schema().get_fields().iter().map(|field| field.name().to_owned());
        let titles = columns.collect();
        Ok(ParquetRows { name, titles, rows: RowIter::from_file_into(Box::new(reader)), number: 0 })
    }
}

fn broken(file: &str, problem: String) -> DataError {
    DataError::Row { file: file.to_owned(), row: None, error: Box::new(DataError::Unreadable { problem }) }
}

/// What a reader gives. A reader panics at some files whose bytes were changed: that is an error, too.
fn caught<T>(read: impl FnOnce() -> Result<T, ParquetError>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(read)) {
        Ok(read) => read.map_err(|error| error.to_string()),
        Err(_) => Err("the file is broken".to_owned()),
    }
}

struct ParquetRows<'a> {
    name: String,
    titles: StringRecord,
    rows: RowIter<'a>,
    number: u64,
}

impl Records for ParquetRows<'_> {
    fn titles(&mut self) -> Result<(StringRecord, u64), DataError> {
        Ok((self.titles.clone(), 0))
    }

    fn next(&mut self, record: &mut StringRecord, _titles: &StringRecord) -> Result<Option<u64>, DataError> {
        let row = caught(|| self.rows.next().transpose()).map_err(|problem| broken(&self.name, problem))?;
        let Some(row) = row else { return Ok(None) };
        self.number += 1;
        record.clear();
        for (_, field) in row.get_column_iter() {
            record.push_field(&cell(field));
        }
        Ok(Some(self.number))
    }

    fn at(&self, number: u64, error: DataError) -> DataError {
        DataError::Row { file: self.name.clone(), row: (number > 0).then_some(number), error: Box::new(error) }
    }
}

/// A cell as text, which is read as that of a CSV file is. Numbers are written so that they are read back to the same bits. What is neither a number
/// nor text is written as its type is, for columns that nothing takes; an error shows it in others.
fn cell(field: &Field) -> String {
    match field {
        Field::Null => String::new(),
        Field::Float16(value) if value.is_nan() => String::new(),
        Field::Float(value) if value.is_nan() => String::new(),
        Field::Double(value) if value.is_nan() => String::new(),
        Field::Bool(value) => value.to_string(),
        Field::Byte(value) => value.to_string(),
        Field::Short(value) => value.to_string(),
        Field::Int(value) => value.to_string(),
        Field::Long(value) => value.to_string(),
        Field::UByte(value) => value.to_string(),
        Field::UShort(value) => value.to_string(),
        Field::UInt(value) => value.to_string(),
        Field::ULong(value) => value.to_string(),
        Field::Float16(value) => value.to_f32().to_string(),
        Field::Float(value) => value.to_string(),
        Field::Double(value) => value.to_string(),
        Field::Str(text) => text.trim().to_owned(),
        Field::Bytes(bytes) => String::from_utf8_lossy(bytes.data()).trim().to_owned(),
        Field::Decimal(_) => field.to_string(),
        // To print a time may panic: not every number is one.
        Field::Date(_) => "a date".to_owned(),
        Field::TimeMillis(_) | Field::TimeMicros(_) | Field::TimestampMillis(_) | Field::TimestampMicros(_) => "a time".to_owned(),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => "a list".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::path::Path;

    use super::*;
    use crate::data::Csv;
    use crate::testing::Tiny;

    const FILE: &str = "tests/files/tiny.parquet";
    const CSV: &str = "tests/files/tiny.csv";

    /// Written by pyarrow in all the types that columns may have, with Snappy and two row groups; `tests/files/README.md` says how.
    #[test]
    fn the_rows_are_those_of_the_csv_file() {
        assert_eq!(Dataset::<Tiny>::from_parquet(FILE).unwrap(), Dataset::<Tiny>::from_csv(CSV).unwrap());
        assert_eq!(Parquet::open(FILE).split::<Tiny>("split", "train").unwrap(), Csv::open(CSV).split::<Tiny>("split", "train").unwrap());
        assert_eq!(Parquet::open(FILE).unused_columns::<Tiny>().unwrap(), ["split", "when", "list"]);
        let of_parquet = Parquet::open(FILE).describe().unwrap();
        let of_csv = Csv::open(CSV).describe().unwrap();
        assert_eq!((of_parquet.rows, of_parquet.columns[0].mean), (of_csv.rows, of_csv.columns[0].mean));
    }

    #[test]
    fn errors_name_file_row_and_column() {
        let error = |path: &str| Dataset::<Tiny>::from_parquet(path).unwrap_err().to_string();
        // The first row of the second group has a group that there is not.
        assert_eq!(
            error("tests/files/wrong.parquet"),
            "tests/files/wrong.parquet, row 31: column `group`, cell `3`: there are 3 classes, counted from 0"
        );
        let no_column = error("tests/files/short.parquet");
        assert!(no_column.starts_with("tests/files/short.parquet: there is no column `kind`"), "{no_column}");
        assert!(error(CSV).starts_with(&format!("{CSV}: ")), "{}", error(CSV));
        assert!(error("nowhere.parquet").starts_with("cannot read nowhere.parquet: "));
    }

    /// Bytes that were changed or cut off give an error or other rows, and no panic.
    #[test]
    fn a_broken_file_is_an_error() {
        let whole = std::fs::read(FILE).unwrap();
        let path = std::env::temp_dir().join(format!("mtl-broken-{}.parquet", std::process::id()));
        let read = |bytes: &[u8], path: &Path| {
            std::fs::write(path, bytes).unwrap();
            Dataset::<Tiny>::from_parquet(path).map(|data| data.len())
        };
        for length in (0..whole.len()).step_by(97) {
            assert!(read(&whole[..length], &path).is_err());
        }
        for place in (0..whole.len()).step_by(7) {
            for bit in [0x01, 0x10, 0x80] {
                let mut changed = whole.clone();
                changed[place] ^= bit;
                _ = read(&changed, &path);
            }
        }
        std::fs::remove_file(path).unwrap();
    }
}
