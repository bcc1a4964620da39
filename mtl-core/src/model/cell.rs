//! What a cell of a table means: the rules by which columns are found and cells read, for files and for rows of strings alike.

use core::str::FromStr;

use super::fields::FieldProblem;
use super::{Columns, FieldKind};
use crate::category::{UnknownCategory, find};
use crate::kernel::scalar::Scalar;

/// The texts that stand for a missing cell, blanks around them aside.
pub const MISSING: &[&str] = &["", "NA", "?"];

/// Whether a cell is missing: empty, or with one of these texts.
pub(crate) fn is_missing<T: AsRef<str>>(cell: &str, texts: &[T]) -> bool {
    let cell = cell.trim();
    cell.is_empty() || texts.iter().any(|text| text.as_ref() == cell)
}

/// The number that a cell holds, finite in the scalar; rounded once, from the decimals to the scalar. Truth values are the two numbers of `ends`.
pub(crate) fn number<T: Scalar>(cell: &str, [no, yes]: [f64; 2]) -> Result<T, FieldProblem> {
    let cell = cell.trim();
    let is_one_of = |texts: [&str; 2]| texts.iter().any(|text| text.eq_ignore_ascii_case(cell));
    let value = if size_of::<T>() == size_of::<f32>() { f32::from_str(cell).map(f64::from) } else { f64::from_str(cell) };
    match value.map(T::from_f64) {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(FieldProblem::NotFinite),
        Err(_) if is_one_of(["true", "yes"]) => Ok(T::from_f64(yes)),
        Err(_) if is_one_of(["false", "no"]) => Ok(T::from_f64(no)),
        Err(_) => Err(FieldProblem::NotANumber),
    }
}

/// The number of the class that a cell names. A category is never missing, and what is missing or unheard of is the one for what is unknown, where
/// there is one.
pub(crate) fn class(kind: FieldKind, columns: Columns, cell: &str, is_missing: bool) -> Result<usize, FieldProblem> {
    let column = columns.named().first();
    let unknown = column.and_then(|column| column.unknown);
    if let Some(texts @ [_, ..]) = column.map(|column| column.categories) {
        return match find(texts, None, cell).or(unknown) {
            Some(class) => Ok(class),
            None if is_missing => Err(FieldProblem::Missing),
            None => Err(FieldProblem::Category(UnknownCategory::new(texts, cell))),
        };
    }
    let FieldKind::Class { classes } = kind else { return Err(FieldProblem::NotAClass) };
    if is_missing {
        return unknown.ok_or(FieldProblem::Missing);
    }
    match whole(cell.trim()) {
        Some(class) if class < unknown.unwrap_or(classes) => Ok(class),
        Some(_) => unknown.ok_or(FieldProblem::ClassOutOfRange { classes }),
        None => Err(FieldProblem::NotAClass),
    }
}

/// Whether a cell is one of the categories, by its own text.
#[cfg(feature = "std")]
pub(crate) fn is_category(columns: Columns, cell: &str) -> bool {
    columns.named().first().is_some_and(|column| find(column.categories, None, cell).is_some())
}

/// A whole number, also with a fraction of 0, as programs write it that keep all numbers as reals: `2.0`.
fn whole(cell: &str) -> Option<usize> {
    let (digits, fraction) = cell.split_once('.').unwrap_or((cell, ""));
    if fraction.bytes().all(|digit| digit == b'0') { digits.parse().ok() } else { None }
}

/// What tables may call a column.
#[derive(Clone, Copy)]
enum Call<'a> {
    Text(&'a str),
    /// `p12`, and with the mark `_` `p_12`.
    Number {
        before: &'a str,
        mark: &'static str,
        number: usize,
        after: &'a str,
    },
}

impl Call<'_> {
    /// Whether a table's title is this, where `same` compares texts.
    fn is(self, title: &str, same: fn(&str, &str) -> bool) -> bool {
        let (before, mark, number, after) = match self {
            Self::Text(text) => return same(title, text),
            Self::Number { before, mark, number, after } => (before, mark, number, after),
        };
        let digits = || {
            let (start, rest) = title.split_at_checked(before.len())?;
            let (middle, end) = rest.split_at_checked(rest.len().checked_sub(after.len())?)?;
            (same(start, before) && same(end, after)).then(|| middle.strip_prefix(mark))?
        };
        // `parse` takes a sign and zeros in front, which no title has.
        let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()) && (digits == "0" || !digits.starts_with('0'));
        digits().is_some_and(|digits| is_plain(digits) && digits.parse() == Ok(number))
    }
}

/// Where column `number` of a field is among the titles of a table: by its title, else by its name in the declaration, each exactly or but for the case
/// of ASCII letters. Numbered columns may have a `_` before the number.
///
/// # Errors
///
/// [`FieldProblem::NoColumn`]; [`FieldProblem::Twice`] with a place where the title stands.
pub(crate) fn find_column<'t>(
    titles: impl Iterator<Item = &'t str> + Clone,
    field: &str,
    columns: Columns,
    number: usize,
) -> Result<usize, (FieldProblem, usize)> {
    match columns {
        Columns::Named(columns) => {
            let column = columns.get(number);
            let (title, name) = column.map_or((field, field), |column| (column.title, column.name));
            find_call(titles, &[Call::Text(title), Call::Text(name)])
        }
        Columns::Numbered { title } => {
            let (before, after) = title.split_once("{}").unwrap_or((title, ""));
            let call = |mark| Call::Number { before, mark, number, after };
            find_call(titles, &[call(""), call("_")])
        }
    }
}

/// Where the column of this title is, exactly or but for the case of ASCII letters.
#[cfg(feature = "std")]
pub(crate) fn find_title<'t>(titles: impl Iterator<Item = &'t str> + Clone, title: &str) -> Result<usize, (FieldProblem, usize)> {
    find_call(titles, &[Call::Text(title)])
}

/// Where the first of these calls is that is there.
fn find_call<'t>(titles: impl Iterator<Item = &'t str> + Clone, calls: &[Call<'_>]) -> Result<usize, (FieldProblem, usize)> {
    let exactly: fn(&str, &str) -> bool = |left, right| left == right;
    for call in calls {
        for same in [exactly, str::eq_ignore_ascii_case] {
            let mut found = titles.clone().enumerate().filter(|(_, title)| call.is(title.trim(), same));
            match (found.next(), found.next()) {
                (Some((place, _)), Some(_)) => return Err((FieldProblem::Twice, place)),
                (Some((only, _)), None) => return Ok(only),
                (None, _) => {}
            }
        }
    }
    Err((FieldProblem::NoColumn, 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::ColumnInfo;

    const AGE: ColumnInfo = ColumnInfo { title: "age_decades", ..ColumnInfo::new("age") };

    fn find(columns: Columns, number: usize, titles: &[&str]) -> Result<usize, FieldProblem> {
        find_column(titles.iter().copied(), "field", columns, number).map_err(|(problem, _)| problem)
    }

    #[test]
    fn a_title_comes_before_a_name_and_its_own_letters_before_others() {
        const X: ColumnInfo = ColumnInfo { title: "age", ..ColumnInfo::new("x") };
        let swapped = Columns::Named(&[AGE, X]);
        assert_eq!(find(swapped, 0, &["age", "AGE_decades"]), Ok(1));
        assert_eq!(find(swapped, 1, &["age", "x", "AGE_decades"]), Ok(0));
        assert_eq!(find(Columns::Named(&[AGE]), 0, &["x", " Age "]), Ok(1));
        assert_eq!(find(Columns::Named(&[AGE]), 0, &["Age", "age"]), Ok(1));
        assert_eq!(find(Columns::Named(&[AGE]), 0, &["Age", "aGe"]), Err(FieldProblem::Twice));
        assert_eq!(find(Columns::Named(&[AGE]), 0, &["ages"]), Err(FieldProblem::NoColumn));
    }

    #[test]
    fn numbered_columns_are_found_with_and_without_an_underscore() {
        let of = |titles: &[&str]| find(Columns::Numbered { title: "x{}mm" }, 3, titles);
        for title in ["x3mm", "x_3mm", "X3MM", "X_3mm"] {
            assert_eq!(of(&["x2mm", title]), Ok(1), "{title}");
        }
        assert_eq!(of(&["x_3mm", "x3mm"]), Ok(1));
        for title in ["xmm", "x+3mm", "x03mm", "x3", "3mm", "x-3mm", "x99999999999999999999999mm", "\u{e4}3mm", "", "x3m\u{e4}"] {
            assert_eq!(of(&[title]), Err(FieldProblem::NoColumn), "{title}");
        }
    }
}
