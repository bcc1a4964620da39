//! Rows of strings: cells by the names of their columns, as a table or a request has them; no allocator is needed.

use core::fmt;

pub use super::cell::MISSING;
use super::cell::{self, find_column};
use super::{Columns, InputInfo};
use crate::category::UnknownCategory;
use crate::kernel::scalar::Scalar;

/// A row of strings: `cells[i]` belongs to the column `names[i]`. In any order, and with columns that no input has. `from_row` of a model's inputs
/// takes it.
///
/// Columns are found and cells are read by the rules that `data::Csv` has for files.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    names: &'a [&'a str],
    cells: &'a [&'a str],
    missing: &'a [&'a str],
    /// The numbers of the inputs, of a row that is no strings.
    #[cfg(feature = "std")]
    values: Option<&'a super::serialized::Values>,
}

/// A row of strings that is no row of inputs.
#[derive(Clone, Copy, PartialEq)]
pub struct FieldError {
    /// The name of the input.
    pub input: &'static str,
    /// Which of its columns.
    pub column: ColumnName,
    /// The beginning of the cell, where there is one.
    pub cell: Option<CellText>,
    /// What is wrong.
    pub problem: FieldProblem,
}

/// What tables call a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnName {
    /// A column with a title.
    Title(&'static str),
    /// A numbered one.
    Number {
        /// The title with `{}` in place of the number.
        title: &'static str,
        /// The number.
        number: usize,
    },
}

/// What can be wrong with a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldProblem {
    /// There are not as many cells as names.
    Lengths {
        /// How many names.
        names: usize,
        /// How many cells.
        cells: usize,
    },
    /// There is no such column.
    NoColumn,
    /// Two columns have the name.
    Twice,
    /// A missing cell in a column where none may be.
    Missing,
    /// No number.
    NotANumber,
    /// NaN, infinite, or too large for the model's scalar.
    NotFinite,
    /// No whole number, where classes have no names.
    NotAClass,
    /// A class that there is not.
    ClassOutOfRange {
        /// How many there are.
        classes: usize,
    },
    /// A text that names no category.
    Category(UnknownCategory),
}

/// The most bytes of a cell that an error keeps.
const KEPT: usize = 38;

/// The beginning of a cell, for messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CellText {
    bytes: [u8; KEPT],
    len: u8,
    whole: bool,
}

impl CellText {
    fn new(cell: &str) -> Self {
        let mut len = cell.len().min(KEPT);
        while !cell.is_char_boundary(len) {
            len -= 1;
        }
        let mut bytes = [0; KEPT];
        bytes[..len].copy_from_slice(&cell.as_bytes()[..len]);
        #[allow(clippy::cast_possible_truncation, reason = "at most `KEPT`")]
        Self { bytes, len: len as u8, whole: len == cell.len() }
    }

    /// What is kept of the cell.
    #[must_use]
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.bytes[..usize::from(self.len)]).unwrap_or_default()
    }
}

impl fmt::Display for CellText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}{}`", self.as_str(), if self.whole { "" } else { ".." })
    }
}

impl fmt::Display for ColumnName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Title(title) => write!(f, "`{title}`"),
            Self::Number { title, number } => match title.split_once("{}") {
                Some((before, after)) => write!(f, "`{before}{number}{after}`"),
                None => write!(f, "`{title}`"),
            },
        }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let FieldProblem::Lengths { .. } = self.problem {
            return write!(f, "{}", self.problem);
        }
        write!(f, "input `{}`, column {}", self.input, self.column)?;
        if let Some(cell) = &self.cell {
            write!(f, ", cell {cell}")?;
        }
        write!(f, ": {}", self.problem)
    }
}

impl fmt::Display for FieldProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Lengths { names, cells } => write!(f, "there are {names} names of columns, and {cells} cells"),
            Self::NoColumn => f.write_str("the row has no such column"),
            Self::Twice => f.write_str("the row has two columns of this name"),
            Self::Missing => f.write_str("the cell is missing, and none may be in this column"),
            Self::NotANumber => f.write_str("it is not a number"),
            Self::NotFinite => f.write_str("it is not a finite number of the model's scalar"),
            Self::NotAClass => f.write_str("it is not a whole number, and the classes have no names"),
            Self::ClassOutOfRange { classes } => write!(f, "there are {classes} classes, counted from 0"),
            Self::Category(error) => write!(f, "{error}"),
        }
    }
}

impl core::error::Error for FieldError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        match &self.problem {
            FieldProblem::Category(error) => Some(error),
            _ => None,
        }
    }
}

/// The name of column `column` of an input.
fn name_of(input: &InputInfo, column: usize) -> ColumnName {
    match input.columns {
        Columns::Named(columns) => ColumnName::Title(columns.get(column).map_or(input.name, |column| column.title)),
        Columns::Numbered { title } => ColumnName::Number { title, number: column },
    }
}

/// What is wrong with a cell of an input.
fn in_cell(input: &InputInfo, column: usize, cell: &str, problem: FieldProblem) -> FieldError {
    FieldError { input: input.name, column: name_of(input, column), cell: Some(CellText::new(cell.trim())), problem }
}

impl<'a> Fields<'a> {
    /// The row.
    ///
    /// # Errors
    ///
    /// Where there are not as many cells as names.
    pub const fn new(names: &'a [&'a str], cells: &'a [&'a str]) -> Result<Self, FieldError> {
        if names.len() == cells.len() {
            return Ok(Self {
                names,
                cells,
                missing: MISSING,
                #[cfg(feature = "std")]
                values: None,
            });
        }
        let problem = FieldProblem::Lengths { names: names.len(), cells: cells.len() };
        Err(FieldError { input: "", column: ColumnName::Title(""), cell: None, problem })
    }

    /// A row of numbers.
    #[cfg(feature = "std")]
    pub(super) const fn of_values(values: &'a super::serialized::Values) -> Self {
        Self { names: &[], cells: &[], missing: MISSING, values: Some(values) }
    }

    /// The number of a column of an input, of a row of numbers.
    #[cfg(feature = "std")]
    fn value(&self, input: &InputInfo, column: usize) -> Option<f64> {
        let (_, values) = self.values?.iter().find(|(name, _)| *name == input.name)?;
        values.get(column).copied()
    }

    /// The texts that stand for a missing cell, in the place of `NA` and `?`. An empty cell is missing always.
    #[must_use]
    pub const fn missing(self, texts: &'a [&'a str]) -> Self {
        Self { missing: texts, ..self }
    }

    /// The cell of column `column` of an input, as it is.
    ///
    /// # Errors
    ///
    /// Where no column has its title or name, or two.
    pub fn cell(&self, input: &InputInfo, column: usize) -> Result<&'a str, FieldError> {
        let found = find_column(self.names.iter().copied(), input.name, input.columns, column);
        let error = |problem| FieldError { input: input.name, column: name_of(input, column), cell: None, problem };
        found.map_err(|(problem, _)| error(problem)).map(|place| self.cells.get(place).copied().unwrap_or_default())
    }

    /// A number, or a truth value as 1 and 0; NaN for a missing cell in a column that may miss it.
    ///
    /// # Errors
    ///
    /// What is wrong with the cell.
    pub fn real<T: Scalar>(&self, input: &InputInfo, column: usize) -> Result<T, FieldError> {
        #[cfg(feature = "std")]
        if let Some(value) = self.value(input, column) {
            return Ok(T::from_f64(value));
        }
        let cell = self.cell(input, column)?;
        let optional = || input.columns.named().get(column).is_some_and(|column| column.optional);
        let value = match cell::is_missing(cell, self.missing) {
            false => cell::number(cell, [0.0, 1.0]),
            true if optional() => Ok(T::from_f64(f64::NAN)),
            true => Err(FieldProblem::Missing),
        };
        value.map_err(|problem| in_cell(input, column, cell, problem))
    }

    /// A number, or none where the cell is missing.
    ///
    /// # Errors
    ///
    /// What is wrong with the cell.
    pub fn optional<T: Scalar>(&self, input: &InputInfo, column: usize) -> Result<Option<T>, FieldError> {
        self.real::<T>(input, column).map(|value| (!super::is_missing(value)).then_some(value))
    }

    /// The number of a class: by its text, where the classes have names.
    ///
    /// # Errors
    ///
    /// What is wrong with the cell.
    pub fn class(&self, input: &InputInfo) -> Result<usize, FieldError> {
        #[cfg(feature = "std")]
        if let Some(value) = self.value(input, 0) {
            return Ok(value as usize);
        }
        let cell = self.cell(input, 0)?;
        let class = cell::class(input.kind, input.columns, cell, cell::is_missing(cell, self.missing));
        class.map_err(|problem| in_cell(input, 0, cell, problem))
    }

    /// The number of a class; none for what is unknown: a number that no class has, or a missing cell.
    ///
    /// # Errors
    ///
    /// What is wrong with the cell.
    pub fn class_or_unknown(&self, input: &InputInfo) -> Result<Option<usize>, FieldError> {
        let unknown = input.columns.named().first().and_then(|column| column.unknown);
        self.class(input).map(|class| Some(class).filter(|_| Some(class) != unknown))
    }

    /// A category, which `from_index` makes of its number.
    ///
    /// # Errors
    ///
    /// What is wrong with the cell.
    pub fn category<C>(&self, input: &InputInfo, from_index: impl FnOnce(usize) -> Option<C>) -> Result<C, FieldError> {
        let class = self.class(input)?;
        let problem = FieldProblem::ClassOutOfRange { classes: class };
        from_index(class).ok_or(FieldError { input: input.name, column: name_of(input, 0), cell: None, problem })
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;
    use crate::model::{ColumnInfo, FieldKind};

    const AGE: ColumnInfo = ColumnInfo { title: "age_decades", ..ColumnInfo::new("age") };
    const PERSON: InputInfo = InputInfo {
        name: "person",
        kind: FieldKind::Real { width: 2 },
        shape: &[2],
        columns: Columns::Named(&[AGE, ColumnInfo { optional: true, ..ColumnInfo::new("income") }]),
    };
    const PIXELS: InputInfo =
        InputInfo { name: "pixels", kind: FieldKind::Real { width: 2 }, shape: &[2], columns: Columns::Numbered { title: "p{}" } };
    const REGION: InputInfo = InputInfo {
        name: "region",
        kind: FieldKind::Class { classes: 2 },
        shape: &[],
        columns: Columns::Named(&[ColumnInfo { categories: &["west", "?"], ..ColumnInfo::new("region") }]),
    };
    const MONTH: InputInfo =
        InputInfo { name: "month", kind: FieldKind::Class { classes: 12 }, shape: &[], columns: Columns::Named(&[ColumnInfo::new("month")]) };

    fn fields<'a>(names: &'a [&'a str], cells: &'a [&'a str]) -> Fields<'a> {
        Fields::new(names, cells).unwrap()
    }

    #[test]
    fn cells_are_found_by_title_name_and_number() {
        let row = fields(&["p_1", " age_decades ", "age", "p0", "income"], &["4", " 6.9 ", "1", "3", "NA"]);
        assert_eq!(row.real::<f32>(&PERSON, 0), Ok(6.9));
        assert_eq!(row.optional::<f32>(&PERSON, 1), Ok(None));
        assert_eq!((row.real::<f64>(&PIXELS, 0), row.real::<f64>(&PIXELS, 1)), (Ok(3.0), Ok(4.0)));
        assert_eq!(fields(&["age"], &["2"]).real::<f32>(&PERSON, 0), Ok(2.0));
        // A number is rounded once: through `f64` this one would be rounded to even first.
        assert_eq!(fields(&["age"], &["1.00000005960464477540"]).real::<f32>(&PERSON, 0), Ok("1.00000005960464477540".parse().unwrap()));
    }

    #[test]
    fn errors_name_input_column_and_cell() {
        let error = |row: Fields<'_>| row.real::<f32>(&PERSON, 0).unwrap_err().to_string();
        assert_eq!(error(fields(&["x"], &["1"])), "input `person`, column `age_decades`: the row has no such column");
        assert_eq!(error(fields(&["age", "age"], &["1", "2"])), "input `person`, column `age_decades`: the row has two columns of this name");
        assert_eq!(
            error(fields(&["age"], &["?"])),
            "input `person`, column `age_decades`, cell `?`: the cell is missing, and none may be in this column"
        );
        assert_eq!(error(fields(&["age"], &["six"])), "input `person`, column `age_decades`, cell `six`: it is not a number");
        for text in ["inf", "NaN", "1e39"] {
            let message = std::format!("input `person`, column `age_decades`, cell `{text}`: it is not a finite number of the model's scalar");
            assert_eq!(error(fields(&["age"], &[text])), message);
        }
        assert_eq!(Fields::new(&["age"], &[]).unwrap_err().to_string(), "there are 1 names of columns, and 0 cells");
        let long = "ä".repeat(100);
        let message = error(fields(&["age"], &[&long]));
        assert_eq!(message, std::format!("input `person`, column `age_decades`, cell `{}..`: it is not a number", "ä".repeat(19)));
    }

    #[test]
    fn classes_are_texts_or_numbers() {
        assert_eq!(fields(&["region"], &["West"]).class(&REGION), Ok(0));
        // A category may have a text that means missing elsewhere.
        assert_eq!(fields(&["region"], &["?"]).class(&REGION), Ok(1));
        let error = |input: &InputInfo, cell: &str| Fields::new(&[input.name], &[cell]).unwrap().class(input).unwrap_err().to_string();
        assert_eq!(error(&REGION, "east"), "input `region`, column `region`, cell `east`: it is not one of `west` and `?`");
        assert_eq!(error(&REGION, "NA"), "input `region`, column `region`, cell `NA`: the cell is missing, and none may be in this column");
        assert_eq!(error(&MONTH, "12"), "input `month`, column `month`, cell `12`: there are 12 classes, counted from 0");
        assert_eq!(error(&MONTH, "-1"), "input `month`, column `month`, cell `-1`: it is not a whole number, and the classes have no names");
        assert_eq!(fields(&["month"], &["11"]).class(&MONTH), Ok(11));
    }
}
