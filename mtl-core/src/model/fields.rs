//! Rows of strings: cells by the names of their columns, as a table or a request has them; no allocator is needed.

use core::fmt;
use core::str::FromStr;

use super::{ColumnInfo, Columns, FieldKind, InputInfo};
use crate::category::{Category, UnknownCategory, find};
use crate::kernel::scalar::Scalar;

/// The texts that stand for a missing cell, blanks around them aside.
pub const MISSING: &[&str] = &["", "NA", "?"];

/// A row of strings: `cells[i]` belongs to the column `names[i]`. In any order, and with columns that no input has.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'a> {
    names: &'a [&'a str],
    cells: &'a [&'a str],
}

/// A row of strings that is no row of inputs.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    /// No whole number.
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
        if let FieldProblem::Lengths { names, cells } = self.problem {
            return write!(f, "there are {names} names of columns, and {cells} cells");
        }
        write!(f, "input `{}`, column {}", self.input, self.column)?;
        if let Some(cell) = &self.cell {
            write!(f, ", cell {cell}")?;
        }
        f.write_str(": ")?;
        match &self.problem {
            FieldProblem::Lengths { .. } => Ok(()),
            FieldProblem::NoColumn => f.write_str("the row has no such column"),
            FieldProblem::Twice => f.write_str("the row has two columns of this name"),
            FieldProblem::Missing => f.write_str("the cell is missing, and none may be in this column"),
            FieldProblem::NotANumber => f.write_str("it is not a number"),
            FieldProblem::NotFinite => f.write_str("it is not a finite number of the model's scalar"),
            FieldProblem::NotAClass => f.write_str("it is not a whole number"),
            FieldProblem::ClassOutOfRange { classes } => write!(f, "there are {classes} classes, counted from 0"),
            FieldProblem::Category(error) => write!(f, "{error}"),
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

/// The number that a cell holds, finite in the scalar; rounded once, from the decimals to the scalar.
pub(crate) fn number<T: Scalar>(cell: &str) -> Result<T, FieldProblem> {
    let value = if size_of::<T>() == size_of::<f32>() { f32::from_str(cell).map(f64::from) } else { f64::from_str(cell) };
    match value.map(T::from_f64) {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(FieldProblem::NotFinite),
        Err(_) => Err(FieldProblem::NotANumber),
    }
}

/// The name of column `column` of an input.
fn name_of(input: &InputInfo, column: usize) -> ColumnName {
    match input.columns {
        Columns::Named(columns) => ColumnName::Title(columns.get(column).map_or(input.name, |column| column.title)),
        Columns::Numbered { title } => ColumnName::Number { title, number: column },
    }
}

impl<'a> Fields<'a> {
    /// The row.
    ///
    /// # Errors
    ///
    /// Where there are not as many cells as names.
    pub const fn new(names: &'a [&'a str], cells: &'a [&'a str]) -> Result<Self, FieldError> {
        if names.len() == cells.len() {
            return Ok(Self { names, cells });
        }
        let problem = FieldProblem::Lengths { names: names.len(), cells: cells.len() };
        Err(FieldError { input: "", column: ColumnName::Title(""), cell: None, problem })
    }

    /// The cell of column `column` of an input, without blanks around it.
    ///
    /// # Errors
    ///
    /// Where no column has its name, or two.
    pub fn cell(&self, input: &InputInfo, column: usize) -> Result<&'a str, FieldError> {
        let error = |problem| FieldError { input: input.name, column: name_of(input, column), cell: None, problem };
        // Titles come before names.
        let with_title =
            || self.named(|name| matches!(input.columns, Columns::Named(columns) if columns.get(column).is_some_and(|of| of.title == name)));
        let found = match with_title() {
            (None, _) => self.named(|name| input.columns.find(name) == Some(column)),
            found => found,
        };
        match found {
            (Some(cell), None) => Ok(cell),
            (None, _) => Err(error(FieldProblem::NoColumn)),
            (Some(_), Some(_)) => Err(error(FieldProblem::Twice)),
        }
    }

    /// The first two cells whose column `is` one.
    fn named(&self, is: impl Fn(&str) -> bool) -> (Option<&'a str>, Option<&'a str>) {
        let mut found = self.names.iter().zip(self.cells).filter(|(name, _)| is(name.trim())).map(|(_, cell)| cell.trim());
        (found.next(), found.next())
    }

    /// A number; NaN for a missing cell in a column that may miss it.
    ///
    /// # Errors
    ///
    /// What is wrong with the cell.
    pub fn real<T: Scalar>(&self, input: &InputInfo, column: usize) -> Result<T, FieldError> {
        let cell = self.cell(input, column)?;
        let error = |problem| Err(FieldError { input: input.name, column: name_of(input, column), cell: Some(CellText::new(cell)), problem });
        if MISSING.contains(&cell) {
            let optional = input.columns.named().get(column).is_some_and(|column| column.optional);
            return if optional { Ok(T::from_f64(f64::NAN)) } else { error(FieldProblem::Missing) };
        }
        number(cell).or_else(error)
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
        let cell = self.cell(input, 0)?;
        let error = |problem| Err(FieldError { input: input.name, column: name_of(input, 0), cell: Some(CellText::new(cell)), problem });
        let column: Option<&ColumnInfo> = input.columns.named().first();
        if let Some(ColumnInfo { categories: texts @ [_, ..], unknown, .. }) = column {
            return match find(texts, *unknown, cell) {
                Some(class) => Ok(class),
                None if MISSING.contains(&cell) => error(FieldProblem::Missing),
                None => error(FieldProblem::Category(UnknownCategory::new(texts, cell))),
            };
        }
        let FieldKind::Class { classes } = input.kind else { return error(FieldProblem::NotAClass) };
        let unknown = column.and_then(|column| column.unknown);
        match cell.parse::<usize>() {
            Ok(class) if class < unknown.unwrap_or(classes) => Ok(class),
            Ok(_) => unknown.map_or_else(|| error(FieldProblem::ClassOutOfRange { classes }), Ok),
            Err(_) if MISSING.contains(&cell) => unknown.map_or_else(|| error(FieldProblem::Missing), Ok),
            Err(_) => error(FieldProblem::NotAClass),
        }
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

    /// A category.
    ///
    /// # Errors
    ///
    /// What is wrong with the cell.
    pub fn category<C: Category>(&self, input: &InputInfo) -> Result<C, FieldError> {
        let class = self.class(input)?;
        let problem = FieldProblem::ClassOutOfRange { classes: C::COUNT };
        C::from_index(class).ok_or(FieldError { input: input.name, column: name_of(input, 0), cell: None, problem })
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

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
        assert_eq!(error(&MONTH, "-1"), "input `month`, column `month`, cell `-1`: it is not a whole number");
        assert_eq!(fields(&["month"], &["11"]).class(&MONTH), Ok(11));
    }
}
