//! The columns of a table that an input or a head is read from.

use super::FieldKind;

/// A column of a table, as an input or a head takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnInfo {
    /// What the declaration calls it: `age`.
    pub name: &'static str,
    /// What tables call it: the name, or what `#[column = ".."]` says.
    pub title: &'static str,
    /// Whether a cell may be missing.
    pub optional: bool,
    /// The texts of its categories in the order of their numbers; empty for a number, and for classes without names.
    pub categories: &'static [&'static str],
    /// What reports and pictures call them: the text, or the name where that is a number.
    pub labels: &'static [&'static str],
    /// The number of the category for all that is not among them, if it has one (the last).
    pub unknown: Option<usize>,
}

impl ColumnInfo {
    /// A column of real numbers, or of classes without names.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Self { name, title: name, optional: false, categories: &[], labels: &[], unknown: None }
    }
}

/// The columns of an input or a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Each by its name.
    Named(&'static [ColumnInfo]),
    /// Numbered from 0.
    Numbered {
        /// What tables call them, with `{}` in place of the number: `p{}`.
        title: &'static str,
    },
}

impl Columns {
    /// Those that have names.
    #[must_use]
    pub const fn named(&self) -> &'static [ColumnInfo] {
        match self {
            Self::Named(columns) => columns,
            Self::Numbered { .. } => &[],
        }
    }

    /// Those of a field without names of its own: the one column where it is one value or a class, else numbered ones.
    ///
    /// # Panics
    ///
    /// Where it has several values and the title no `{}` for their numbers. Generated code evaluates it as a constant.
    #[doc(hidden)]
    #[must_use]
    pub const fn of(kind: FieldKind, single: &'static [ColumnInfo], numbered: Option<&'static str>) -> Self {
        match (kind, numbered) {
            (FieldKind::Class { .. } | FieldKind::Real { width: 1 }, _) => Self::Named(single),
            (FieldKind::Real { .. }, Some(title)) => Self::Numbered { title },
            (FieldKind::Real { .. }, None) => panic!("`#[column = \"..\"]` before several values needs `{{}}` where their numbers stand"),
        }
    }
}

/// `, column `age``, in messages.
pub(crate) struct Of(pub(crate) Option<&'static str>);

impl core::fmt::Display for Of {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.map_or(Ok(()), |column| write!(f, ", column `{column}`"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: ColumnInfo = ColumnInfo { name: "age", title: "age_decades", optional: false, categories: &[], labels: &[], unknown: None };

    #[test]
    fn one_value_has_the_column_of_its_name() {
        let of = |kind| Columns::of(kind, &[AGE], Some("age{}"));
        assert_eq!(of(FieldKind::Real { width: 1 }), Columns::Named(&[AGE]));
        assert_eq!(of(FieldKind::Class { classes: 3 }), Columns::Named(&[AGE]));
        assert_eq!(of(FieldKind::Real { width: 2 }), Columns::Numbered { title: "age{}" });
    }
}
