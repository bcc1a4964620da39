//! Tables: CSV files whose columns become inputs and targets by their titles.

use std::borrow::ToOwned;
use std::collections::BTreeSet;
use std::format;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use csv::StringRecord;

use super::lines::{Lines, check_cells, likely_delimiter, listed, listed_with, shortened};
use crate::category::nearest_text;
use crate::data::{DataError, Dataset, two_classes};
use crate::kernel::scalar::Scalar;
use crate::model::cell::{self, MISSING};
use crate::model::fields::FieldProblem;
use crate::model::record::{FieldKind, Record, TargetError};
use crate::model::{Columns, Model};

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
    /// Those of [`Csv::read`].
    pub fn from_csv(path: impl AsRef<Path>) -> Result<Self, DataError> {
        Csv::open(path).read()
    }
}

/// A CSV file, of which each column becomes an input or a target by its title.
///
/// The columns of a model are named in its declaration: a head `health` takes the column `health`, an input `person: { age }` the column `age`,
/// an input `pixels: [64]` the columns `pixels0` to `pixels63` (or `pixels_0`, ..), and `#[column = "p{}"]` says another title. A title is found
/// exactly, else without regard to the case of ASCII letters, else by the name in the declaration. Columns that nothing takes are left alone, and
/// [`unused_columns`](Self::unused_columns) lists them. Inputs are read by the same rules from a row of strings, with `from_fields`.
///
/// * A number is what [`str::parse`] takes; `true`, `yes`, `false` and `no` are 1 and 0, and the two labels of a head with a binary loss.
/// * A class without names is a whole number from 0. A category is found by its text, as [`find`](crate::category::find) finds it.
/// * An empty cell, `NA` and `?` are [missing](Self::missing). That is a missing label where labels are partial, a missing value in a column `age?`,
///   the category for what is unknown where the input has one, and an error elsewhere. A text that is a category is never missing.
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
#[derive(Clone, Debug)]
pub struct Csv {
    source: Source,
    delimiter: u8,
    titles: Option<Vec<String>>,
    pub(super) missing: Vec<String>,
    skip_rows: usize,
    rare: usize,
}

#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    Text(Vec<u8>),
}

impl Csv {
    /// A file, which is read by [`read`](Self::read) and [`split`](Self::split).
    #[must_use]
    pub fn open(path: impl AsRef<Path>) -> Self {
        Self::new(Source::File(path.as_ref().to_owned()))
    }

    /// Anything that can be read, which is read to its end at once.
    ///
    /// # Errors
    ///
    /// [`DataError::Read`].
    pub fn from_reader(mut reader: impl Read) -> Result<Self, DataError> {
        let mut text = Vec::new();
        reader.read_to_end(&mut text).map_err(|error| DataError::Read { file: "CSV".to_owned(), error })?;
        Ok(Self::new(Source::Text(text)))
    }

    fn new(source: Source) -> Self {
        let missing = MISSING.iter().map(|&text| text.to_owned()).collect();
        Self { source, delimiter: b',', titles: None, missing, skip_rows: 0, rare: 0 }
    }

    /// What separates cells: a comma by default.
    #[must_use]
    pub const fn delimiter(mut self, delimiter: u8) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// The titles of the columns, for a file without a header.
    #[must_use]
    pub fn titles<T: Into<String>>(mut self, titles: impl IntoIterator<Item = T>) -> Self {
        self.titles = Some(titles.into_iter().map(Into::into).collect());
        self
    }

    /// The texts that stand for a missing cell, in the place of `NA` and `?`. An empty cell is missing always.
    #[must_use]
    pub fn missing<T: Into<String>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.missing = core::iter::once(String::new()).chain(texts.into_iter().map(Into::into)).collect();
        self
    }

    /// Passes over the first lines of the file, which come before the header.
    #[must_use]
    pub const fn skip_rows(mut self, rows: usize) -> Self {
        self.skip_rows = rows;
        self
    }

    /// Categories with fewer rows count as the one for what is unknown, in inputs that have one. Rows are counted in what is read; in the first part,
    /// which is to be trained on, where the file is split.
    #[must_use]
    pub const fn rare(mut self, rows: usize) -> Self {
        self.rare = rows;
        self
    }

    /// Reads all rows.
    ///
    /// # Errors
    ///
    /// A file that cannot be read. A column that the model takes and the file does not have, or has twice: [`DataError::NoColumn`],
    /// [`DataError::TwoColumns`]. The first line that cannot be cut into cells, and the first cell that is not what its column takes: by file, line,
    /// column and text ([`DataError::Line`], [`DataError::Cell`]).
    pub fn read<M: Model>(&self) -> Result<Dataset<M>, DataError> {
        let [all] = self.rows::<M, 1>(None)?;
        Ok(all)
    }

    /// Reads all rows, in two parts: those whose cell in a column is `value`, and all others.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read), and a value that no row has.
    pub fn split<M: Model>(&self, column: &str, value: &str) -> Result<(Dataset<M>, Dataset<M>), DataError> {
        let [first, others] = self.rows::<M, 2>(Some((column, &[value])))?;
        Ok((first, others))
    }

    /// Reads all rows, in as many parts as there are values: each has the rows whose cell in a column is its value.
    ///
    /// ```
    /// # use mtl_core::{data::{Csv, DataError, Dataset}, model::Model};
    /// # fn read<Adult: Model>(csv: Csv) -> Result<[Dataset<Adult>; 3], DataError> {
    /// let [train, validation, test] = csv.parts::<Adult, 3>("split", ["train", "validation", "test"])?;
    /// # Ok([train, validation, test])
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read), a value that no row has, and a row with another value.
    pub fn parts<M: Model, const PARTS: usize>(&self, column: &str, values: [&str; PARTS]) -> Result<[Dataset<M>; PARTS], DataError> {
        self.rows(Some((column, &values)))
    }

    /// The titles of the columns that neither an input nor a head takes, in the order of the file.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read) that concern the header.
    pub fn unused_columns<M: Model>(&self) -> Result<Vec<String>, DataError> {
        let mut lines = self.lines()?;
        let (titles, line) = self.header(&mut lines)?;
        let table = Table::<M>::new(self, &titles).map_err(|error| lines.at(line, error))?;
        let is_used = |number| table.inputs.iter().chain(&table.heads).any(|field| field.sources.contains(&number));
        Ok(titles.iter().enumerate().filter(|&(number, _)| !is_used(number)).map(|(_, title)| title.to_owned()).collect())
    }

    /// What messages call the file.
    pub(super) fn name(&self) -> String {
        match &self.source {
            Source::File(path) => path.display().to_string(),
            Source::Text(_) => "CSV".to_owned(),
        }
    }

    /// The lines from the header on.
    pub(super) fn lines(&self) -> Result<Lines<impl Read + '_>, DataError> {
        let name = self.name();
        if !self.delimiter.is_ascii() || matches!(self.delimiter, b'"' | b'\n' | b'\r') {
            let problem =
                format!("cells cannot be separated by {:?}: take an ASCII character that is neither a quote nor a line end", self.delimiter as char);
            return Err(DataError::Unreadable { problem });
        }
        let mut reader: BufReader<std::boxed::Box<dyn Read + '_>> = BufReader::with_capacity(
            1 << 16,
            match &self.source {
                Source::File(path) => std::boxed::Box::new(File::open(path).map_err(|error| DataError::Open { path: path.clone(), error })?),
                Source::Text(text) => std::boxed::Box::new(text.as_slice()),
            },
        );
        let mut skipped = Vec::new();
        for _ in 0..self.skip_rows {
            skipped.clear();
            reader.read_until(b'\n', &mut skipped).map_err(|error| DataError::Read { file: name.clone(), error })?;
        }
        Ok(Lines::new(reader, &name, self.delimiter, 1 + self.skip_rows as u64))
    }

    /// The titles, and the line where they stand, or ought to.
    pub(super) fn header<R: Read>(&self, lines: &mut Lines<R>) -> Result<(StringRecord, u64), DataError> {
        let first = 1 + self.skip_rows as u64;
        if let Some(titles) = &self.titles {
            return Ok((StringRecord::from_iter(titles), first));
        }
        let mut titles = StringRecord::new();
        match lines.next(&mut titles)? {
            Some(line) => Ok((titles, line)),
            None => Err(lines.at(first, DataError::Unreadable { problem: super::NO_HEADER.to_owned() })),
        }
    }

    /// Reads rows into the part of which the cell of a column is the value; into the one after those, where there is one and it is none.
    fn rows<M: Model, const PARTS: usize>(&self, by: Option<(&str, &[&str])>) -> Result<[Dataset<M>; PARTS], DataError> {
        let mut lines = self.lines()?;
        let (titles, header) = self.header(&mut lines)?;
        let table = Table::<M>::new(self, &titles);
        let mut table = table.map_err(|error| lines.at(header, error))?;
        let by = match by {
            Some((column, values)) => {
                let found = cell::find_title(titles.iter(), column);
                let source = found.map_err(|problem| lines.at(header, no_column("the split", column, &titles, problem)))?;
                Some((source, column, values))
            }
            None => None,
        };
        let mut parts = core::array::from_fn(|_| Dataset::new());
        // The first values that are none of those of the parts, for messages.
        let mut others = BTreeSet::new();
        let mut record = StringRecord::new();
        let mut number = 0;
        while let Some(line) = lines.next(&mut record)? {
            check_cells(&record, &titles).map_err(|error| lines.at(line, error))?;
            let mut part = 0;
            if let Some((source, column, values)) = by {
                let cell = &record[source];
                part = values.iter().position(|&value| value == cell).unwrap_or(values.len());
                if part == values.len() && others.len() < 8 && !others.contains(cell) {
                    others.insert(cell.to_owned());
                }
                if part == PARTS {
                    let problem = format!("it is not one of {}", listed_with(values.iter().map(|value| format!("`{value}`"))));
                    return Err(lines.at(line, DataError::Cell { column: column.to_owned(), cell: shortened(cell, 40), problem }));
                }
            }
            table.push(number, &record, &titles, &mut parts[part]).map_err(|error| lines.at(line, error))?;
            number += 1;
        }
        if let Some((_, column, values)) = by
            && let Some((_, value)) = parts.iter().zip(values).find(|(part, _)| part.is_empty())
        {
            let seen = listed_with(others.iter().map(|other| format!("`{}`", shortened(other, 40))));
            let seen = if seen.is_empty() { seen } else { format!("; other cells are {seen}") };
            return Err(lines.at(header, DataError::Unreadable { problem: format!("no row has `{value}` in the column `{column}`{seen}") }));
        }
        if self.rare > 0 {
            forget_rare(&mut parts, self.rare);
        }
        Ok(parts)
    }
}

/// Puts the category for what is unknown in the place of those with fewer rows in the first part.
fn forget_rare<M: Model>(parts: &mut [Dataset<M>], rows: usize) {
    for (field, input) in M::INPUTS.iter().enumerate() {
        let (FieldKind::Class { classes }, Some(unknown)) = (input.kind, input.columns.named().first().and_then(|column| column.unknown)) else {
            continue;
        };
        let mut counts = vec![0; classes];
        if let Some(first) = parts.first() {
            (0..first.rows).filter_map(|row| first.inputs[field].class(row)).for_each(|class| counts[class] += 1);
        }
        for part in parts.iter_mut() {
            part.inputs[field].replace_classes(|class| if counts[class] < rows { unknown } else { class });
        }
    }
}

/// Where each input and each head of a model is in a file, and the row that is being read.
struct Table<M: Model> {
    inputs: Vec<Field>,
    heads: Vec<Field>,
    missing: Vec<String>,
    row: [Row<M::Scalar>; 2],
}

/// An input or a head.
struct Field {
    name: &'static str,
    kind: FieldKind,
    columns: Columns,
    /// Whether it may have no value at all.
    partial: bool,
    /// What `false` and `true` are.
    ends: [f64; 2],
    /// The columns of the file, by number.
    sources: Vec<usize>,
}

/// The fields of a row.
struct Row<T> {
    fields: Vec<Value<T>>,
}

enum Value<T> {
    Real { numbers: Vec<T>, present: bool },
    Class(Option<usize>),
}

impl<T: Scalar> Record<T> for Row<T> {
    fn real(&self, field: usize) -> Option<&[T]> {
        match self.fields.get(field) {
            Some(Value::Real { numbers, present: true }) => Some(numbers),
            _ => None,
        }
    }
    fn class(&self, field: usize) -> Option<usize> {
        match self.fields.get(field) {
            Some(Value::Class(class)) => *class,
            _ => None,
        }
    }
}

impl<T: Scalar> Row<T> {
    fn new(fields: &[Field]) -> Self {
        let value = |field: &Field| match field.kind {
            FieldKind::Real { width } => Value::Real { numbers: vec![T::ZERO; width], present: true },
            FieldKind::Class { .. } => Value::Class(None),
        };
        Self { fields: fields.iter().map(value).collect() }
    }
}

impl<M: Model> Table<M> {
    fn new(csv: &Csv, titles: &StringRecord) -> Result<Self, DataError> {
        let inputs =
            M::INPUTS.iter().map(|input| Field::new("input", input.name, input.kind, input.columns, titles)).collect::<Result<Vec<_>, _>>()?;
        let head = |head: &crate::model::HeadInfo| {
            let field = Field::new("head", head.name, head.target, head.columns, titles)?;
            Ok::<_, DataError>(Field { partial: head.partial, ends: two_classes(head).unwrap_or([0.0, 1.0]), ..field })
        };
        let heads = M::HEADS.iter().map(head).collect::<Result<Vec<_>, _>>()?;
        let row = [Row::new(&inputs), Row::new(&heads)];
        Ok(Self { inputs, heads, missing: csv.missing.clone(), row })
    }

    /// Appends a line to a data set.
    fn push(&mut self, number: usize, record: &StringRecord, titles: &StringRecord, dataset: &mut Dataset<M>) -> Result<(), DataError> {
        let Self { inputs, heads, missing, row: [input_row, head_row] } = self;
        for (fields, row) in [(&*inputs, &mut *input_row), (&*heads, &mut *head_row)] {
            for (field, value) in fields.iter().zip(&mut row.fields) {
                field.read(value, record, titles, missing)?;
            }
        }
        dataset.push_records(number, input_row, head_row, 1.0).map_err(|error| match error {
            DataError::InvalidTarget { head, problem, .. } => match (0..).zip(&*heads).find(|(_, field)| field.name == head) {
                Some((place, field)) => field.refused(head_row.real(place), problem, record, titles),
                None => error,
            },
            error => error,
        })
    }
}

/// Why a cell is not what its column takes.
enum Problem {
    Missing,
    Other(String),
}

impl From<&str> for Problem {
    fn from(problem: &str) -> Self {
        Self::Other(problem.to_owned())
    }
}

impl From<FieldProblem> for Problem {
    fn from(problem: FieldProblem) -> Self {
        match problem {
            FieldProblem::Missing => Self::Missing,
            FieldProblem::NotFinite => Self::Other(format!("{problem}; `Csv::missing` says which texts stand for a missing cell")),
            problem => Self::Other(problem.to_string()),
        }
    }
}

impl Field {
    fn new(role: &str, name: &'static str, kind: FieldKind, columns: Columns, titles: &StringRecord) -> Result<Self, DataError> {
        let count = match kind {
            FieldKind::Real { width } => width,
            FieldKind::Class { .. } => 1,
        };
        let sources = (0..count).map(|number| {
            let found = cell::find_column(titles.iter(), name, columns, number);
            found.map_err(|problem| no_column(&format!("the {role} `{name}`"), &title_of(name, columns, number), titles, problem))
        });
        Ok(Self { name, kind, columns, partial: false, ends: [0.0, 1.0], sources: sources.collect::<Result<_, _>>()? })
    }

    /// Reads its cells.
    fn read<T: Scalar>(&self, value: &mut Value<T>, record: &StringRecord, titles: &StringRecord, missing: &[String]) -> Result<(), DataError> {
        let is_missing = |cell: &str| cell::is_missing(cell, missing);
        let refused = |source, problem| cell_error(source, record, titles, problem);
        match value {
            Value::Class(class) => {
                let cell = &record[self.sources[0]];
                *class = self.class(cell, is_missing(cell)).map_err(|problem| refused(self.sources[0], problem))?;
            }
            Value::Real { numbers, present } => {
                let mut absent = None;
                let mut found = 0;
                for (number, (&source, to)) in self.sources.iter().zip(&mut *numbers).enumerate() {
                    let cell = &record[source];
                    if is_missing(cell) {
                        // The column of a partial head is called optional too: there the whole label is missing.
                        let optional = !self.partial && self.columns.named().get(number).is_some_and(|column| column.optional);
                        *to = T::from_f64(f64::NAN);
                        if !optional && !self.partial {
                            return Err(refused(source, Problem::Missing));
                        }
                        if !optional {
                            absent = Some(source);
                        }
                    } else {
                        *to = cell::number(cell, self.ends).map_err(|problem| refused(source, problem.into()))?;
                        found += 1;
                    }
                }
                match absent {
                    Some(source) if found > 0 => {
                        return Err(refused(source, "the cell is missing, but other columns of the same label are not".into()));
                    }
                    absent => *present = absent.is_none(),
                }
            }
        }
        Ok(())
    }

    /// The number of a class; none for a label that is missing.
    fn class(&self, cell: &str, missing: bool) -> Result<Option<usize>, Problem> {
        if missing && self.partial && !cell::is_category(self.columns, cell) {
            return Ok(None);
        }
        Ok(Some(cell::class(self.kind, self.columns, cell, missing)?))
    }

    /// The cell of a target that its loss does not take.
    fn refused<T: Scalar>(&self, numbers: Option<&[T]>, problem: TargetError, record: &StringRecord, titles: &StringRecord) -> DataError {
        let number = match problem {
            TargetError::NotFinite { value } | TargetError::OutOfRange { value, .. } => {
                numbers.unwrap_or_default().iter().position(|number| number.to_f64() == value)
            }
            TargetError::ClassOutOfRange { .. } => None,
        };
        let source = self.sources[number.unwrap_or(0)];
        cell_error(source, record, titles, Problem::Other(format!("head `{}`: {problem}", self.name)))
    }
}

fn cell_error(source: usize, record: &StringRecord, titles: &StringRecord, problem: Problem) -> DataError {
    let problem = match problem {
        Problem::Missing => "the cell is missing, and none may be in this column".to_owned(),
        Problem::Other(problem) => problem,
    };
    DataError::Cell { column: titles[source].to_owned(), cell: shortened(&record[source], 40), problem }
}

/// The title of a column, for messages.
fn title_of(name: &str, columns: Columns, number: usize) -> String {
    match columns {
        Columns::Named(columns) => columns.get(number).map_or(name, |column| column.title).to_owned(),
        Columns::Numbered { title } => title.replace("{}", &number.to_string()),
    }
}

/// An error for a column that is not there, or twice; then with a place where it is.
fn no_column(of: &str, column: &str, titles: &StringRecord, (problem, place): (FieldProblem, usize)) -> DataError {
    let (of, column) = (of.to_owned(), column.to_owned());
    if problem == FieldProblem::Twice {
        return DataError::TwoColumns { of, column: titles.get(place).map_or(column, |title| title.trim().to_owned()) };
    }
    let hint = match likely_delimiter(titles) {
        Some((separator, named)) => format!("; {named} separates its titles: `.delimiter(b{separator:?})`"),
        None => nearest_text(titles.iter(), &column).map(|nearest| format!("; the nearest is `{nearest}`")).unwrap_or_default(),
    };
    DataError::NoColumn { of, column, found: listed(titles), hint }
}
