//! CSV files as tables.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::format;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use csv::StringRecord;

use super::lines::{Lines, check_cells};
use crate::data::table::{Mapping, Records, Source, Table};
use crate::data::{DataError, Dataset};
use crate::model::Model;

impl<M: Model> Dataset<M> {
    /// Reads a CSV file whose columns have the titles that the model's inputs and heads have. [`Csv`] has settings for other files.
    ///
    /// ```
    /// # use mtl_core::{data::{DataError, Dataset}, model::Model};
    /// # fn read<Patient: Model>() -> Result<Dataset<Patient>, DataError> {
    /// let data = Dataset::<Patient>::from_csv("data/randhie.csv")?;
    /// # Ok(data)
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`Csv::read`](Table::read).
    pub fn from_csv(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Csv::open(path).read()
    }
}

/// A CSV file, of which each column becomes an input or a target by its title: see [`Table`].
///
/// Cells may be in quotes, in which a quote is written twice (RFC 4180). Blanks around cells do not count outside of quotes, nor do empty lines and
/// a byte order mark.
///
/// ```
/// # use mtl_core::{data::{Csv, DataError, Dataset}, model::Model};
/// # fn read<Adult: Model>() -> Result<(Dataset<Adult>, Dataset<Adult>), DataError> {
/// let (train, test) = Csv::open("adult.csv").delimiter(b';').missing(["?"]).rare(10).split::<Adult>("split", "train")?;
/// # Ok((train, test))
/// # }
/// ```
pub type Csv = Table<CsvFile>;

/// The text of a [`Csv`], and how it is cut into cells.
#[derive(Clone, Debug)]
pub struct CsvFile {
    text: Text,
    delimiter: u8,
    titles: Option<Vec<String>>,
    skip_rows: usize,
}

#[derive(Clone, Debug)]
enum Text {
    File(PathBuf),
    Read(Vec<u8>),
}

impl Csv {
    /// A file, which is read by [`read`](Self::read) and [`split`](Self::split).
    #[must_use]
    pub fn open(path: impl AsRef<Path>) -> Self {
        Self::of(Text::File(path.as_ref().to_owned()))
    }

    /// Anything that can be read, which is read to its end at once.
    ///
    /// # Errors
    ///
    /// [`DataError::Read`].
    pub fn from_reader(mut reader: impl Read) -> Result<Self, DataError> {
        let mut text = Vec::new();
        reader.read_to_end(&mut text).map_err(|error| DataError::Read { file: "CSV".to_owned(), error })?;
        Ok(Self::of(Text::Read(text)))
    }

    fn of(text: Text) -> Self {
        Self { source: CsvFile { text, delimiter: b',', titles: None, skip_rows: 0 }, mapping: Mapping::default() }
    }

    /// What separates cells: a comma by default.
    #[must_use]
    pub const fn delimiter(mut self, delimiter: u8) -> Self {
        self.source.delimiter = delimiter;
        self
    }

    /// The titles of the columns, for a file without a header.
    #[must_use]
    pub fn titles<T: Into<String>>(mut self, titles: impl IntoIterator<Item = T>) -> Self {
        self.source.titles = Some(titles.into_iter().map(Into::into).collect());
        self
    }

    /// Passes over the first lines of the file, which come before the header.
    #[must_use]
    pub const fn skip_rows(mut self, rows: usize) -> Self {
        self.source.skip_rows = rows;
        self
    }
}

impl Source for CsvFile {
    fn name(&self) -> String {
        match &self.text {
            Text::File(path) => path.display().to_string(),
            Text::Read(_) => "CSV".to_owned(),
        }
    }

    fn records(&self) -> Result<impl Records, DataError> {
        let name = self.name();
        if !self.delimiter.is_ascii() || matches!(self.delimiter, b'"' | b'\n' | b'\r') {
            let problem =
                format!("cells cannot be separated by {:?}: take an ASCII character that is neither a quote nor a line end", self.delimiter as char);
            return Err(DataError::Unreadable { problem });
        }
        let mut reader: BufReader<Box<dyn Read + '_>> = BufReader::with_capacity(
            1 << 16,
            match &self.text {
                Text::File(path) => Box::new(super::open(path)?),
                Text::Read(text) => Box::new(text.as_slice()),
            },
        );
        let mut skipped = Vec::new();
        for _ in 0..self.skip_rows {
            skipped.clear();
            reader.read_until(b'\n', &mut skipped).map_err(|error| DataError::Read { file: name.clone(), error })?;
        }
        Ok(CsvRows { file: self, lines: Lines::new(reader, &name, self.delimiter, 1 + self.skip_rows as u64) })
    }
}

/// The rows of a CSV file.
struct CsvRows<'a, R> {
    file: &'a CsvFile,
    lines: Lines<R>,
}

impl<R: Read> Records for CsvRows<'_, R> {
    fn titles(&mut self) -> Result<(StringRecord, u64), DataError> {
        let first = 1 + self.file.skip_rows as u64;
        if let Some(titles) = &self.file.titles {
            return Ok((StringRecord::from_iter(titles), first));
        }
        let mut titles = StringRecord::new();
        match self.lines.next(&mut titles)? {
            Some(line) => Ok((titles, line)),
            None => Err(self.lines.at(first, DataError::Unreadable { problem: super::NO_HEADER.to_owned() })),
        }
    }

    fn next(&mut self, record: &mut StringRecord, titles: &StringRecord) -> Result<Option<u64>, DataError> {
        let line = self.lines.next(record)?;
        if let Some(line) = line {
            check_cells(record, titles).map_err(|error| self.lines.at(line, error))?;
        }
        Ok(line)
    }

    fn at(&self, line: u64, error: DataError) -> DataError {
        self.lines.at(line, error)
    }
}
