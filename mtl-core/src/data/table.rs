//! Tables, whose columns become inputs and targets by their titles.

use std::borrow::ToOwned;
use std::collections::BTreeSet;
use std::format;
use std::string::{String, ToString};
use std::vec;
use std::vec::Vec;

use csv::StringRecord;

use super::csv::{likely_delimiter, listed, listed_with, shortened};
use crate::category::nearest_text;
use crate::data::{DataError, Dataset, two_classes};
use crate::kernel::scalar::Scalar;
use crate::model::cell::{self, MISSING};
use crate::model::fields::FieldProblem;
use crate::model::record::{FieldKind, Record, TargetError};
use crate::model::{Columns, Model};
use crate::progress::Work;

/// A table, of which each column becomes an input or a target by its title: [`Csv`](super::Csv), and with the features `parquet` and `arrow`
/// `Parquet` and `Batches`.
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
#[derive(Clone, Debug)]
pub struct Table<S> {
    pub(super) source: S,
    pub(super) mapping: Mapping,
}

/// Where a table comes from.
pub trait Source {
    /// What messages call it.
    #[doc(hidden)]
    fn name(&self) -> String;
    /// Its rows, from the first on.
    #[doc(hidden)]
    fn records(&self) -> Result<impl Records, DataError>;
}

/// How cells become inputs and targets, whatever file they are in.
#[derive(Clone, Debug)]
pub(in crate::data) struct Mapping {
    /// The texts that stand for a missing cell.
    pub(in crate::data) missing: Vec<String>,
    /// Categories with fewer rows count as unknown.
    pub(in crate::data) rare: usize,
}

impl Default for Mapping {
    fn default() -> Self {
        Self { missing: MISSING.iter().map(|&text| text.to_owned()).collect(), rare: 0 }
    }
}

/// Rows of cells, with titles for their columns.
#[doc(hidden)]
pub trait Records {
    /// The titles, and the number of the line where they stand, or ought to.
    fn titles(&mut self) -> Result<(StringRecord, u64), DataError>;
    /// Reads the next row, of as many cells as there are titles, and says its number; none at the end.
    fn next(&mut self, record: &mut StringRecord, titles: &StringRecord) -> Result<Option<u64>, DataError>;
    /// An error in a row.
    fn at(&self, number: u64, error: DataError) -> DataError;
}

impl<S: Source> Table<S> {
    /// The texts that stand for a missing cell, in the place of `NA` and `?`. An empty cell is missing always.
    #[must_use]
    pub fn missing<T: Into<String>>(mut self, texts: impl IntoIterator<Item = T>) -> Self {
        self.mapping.missing = core::iter::once(String::new()).chain(texts.into_iter().map(Into::into)).collect();
        self
    }

    /// Categories with fewer rows count as the one for what is unknown, in inputs that have one. Rows are counted in what is read; in the first part,
    /// which is to be trained on, where the file is split.
    #[must_use]
    pub const fn rare(mut self, rows: usize) -> Self {
        self.mapping.rare = rows;
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
        let [all] = self.rows(None)?;
        Ok(all)
    }

    /// Reads all rows, in two parts: those whose cell in a column is `value`, and all others.
    ///
    /// # Errors
    ///
    /// Those of [`read`](Self::read), and a value that no row has.
    pub fn split<M: Model>(&self, column: &str, value: &str) -> Result<(Dataset<M>, Dataset<M>), DataError> {
        let [first, others] = self.rows(Some((column, &[value])))?;
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
        let mut lines = self.source.records()?;
        let (titles, line) = lines.titles()?;
        let table = Fields::<M>::new(&self.mapping, &titles).map_err(|error| lines.at(line, error))?;
        let is_used = |number| table.inputs.iter().chain(&table.heads).any(|field| field.sources.contains(&number));
        Ok(titles.iter().enumerate().filter(|&(number, _)| !is_used(number)).map(|(_, title)| title.to_owned()).collect())
    }

    fn rows<M: Model, const PARTS: usize>(&self, by: Option<(&str, &[&str])>) -> Result<[Dataset<M>; PARTS], DataError> {
        self.mapping.rows(&mut self.source.records()?, by)
    }
}

/// After how many rows it may show that they are read.
pub(super) const SHOWN: usize = 4096;

impl Mapping {
    /// Reads rows into the part of which the cell of a column is the value; into the one after those, where there is one and it is none.
    pub(in crate::data) fn rows<M: Model, const PARTS: usize>(
        &self,
        lines: &mut impl Records,
        by: Option<(&str, &[&str])>,
    ) -> Result<[Dataset<M>; PARTS], DataError> {
        let (titles, header) = lines.titles()?;
        let table = Fields::<M>::new(self, &titles);
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
        let mut progress = Work::new("reading rows", None);
        while let Some(line) = lines.next(&mut record, &titles)? {
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
            if number % SHOWN == 0 {
                progress.at(number);
            }
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
struct Fields<M: Model> {
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

impl<M: Model> Fields<M> {
    fn new(mapping: &Mapping, titles: &StringRecord) -> Result<Self, DataError> {
        let inputs =
            M::INPUTS.iter().map(|input| Field::new("input", input.name, input.kind, input.columns, titles)).collect::<Result<Vec<_>, _>>()?;
        let head = |head: &crate::model::HeadInfo| {
            let field = Field::new("head", head.name, head.target, head.columns, titles)?;
            Ok::<_, DataError>(Field { partial: head.partial, ends: two_classes(head).unwrap_or([0.0, 1.0]), ..field })
        };
        let heads = M::HEADS.iter().map(head).collect::<Result<Vec<_>, _>>()?;
        let row = [Row::new(&inputs), Row::new(&heads)];
        Ok(Self { inputs, heads, missing: mapping.missing.clone(), row })
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
