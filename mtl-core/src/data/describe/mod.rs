//! What the columns of a table look like, and a declaration to start from.

mod declaration;
mod measure;

pub use measure::{ColumnDescription, ColumnKind};

use core::fmt::{self, Display, Formatter};
use std::borrow::ToOwned;
use std::format;
use std::path::Path;
use std::string::String;
use std::vec::Vec;

use super::csv::listed_with;
use super::{Csv, DataError};

/// What each column of a CSV file looks like: its kind, range, missing cells and distinct values. `println!` prints a table.
///
/// ```no_run
/// let description = mtl_core::data::describe("data/elderly_care.csv")?;
/// println!("{description}");
/// println!("{}", description.declaration("Care", &["visits", "health"])?);
/// # Ok::<(), mtl_core::data::DataError>(())
/// ```
///
/// [`Table::describe`](super::Table::describe) is the same of a file with other delimiters, titles or texts for missing cells.
///
/// # Errors
///
/// A file that cannot be read, and the first line that cannot be cut into cells, by its number.
pub fn describe(path: impl AsRef<Path>) -> Result<Description, DataError> {
    Csv::open(path).describe()
}

/// What [`describe`] finds out about a file.
#[derive(Clone, Debug)]
pub struct Description {
    /// The file.
    pub file: String,
    /// How many rows it has.
    pub rows: usize,
    /// Its columns, in order.
    pub columns: Vec<ColumnDescription>,
}

impl Description {
    /// The texts, beside an empty cell, `NA` and `?`, that seem to stand for a missing cell: they are few, in a column of numbers. To be given to
    /// [`Table::missing`](super::Table::missing).
    #[must_use]
    pub fn missing_texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = self.columns.iter().flat_map(|column| column.no_numbers.iter().map(String::as_str)).collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    }

    /// The column that says which rows are to be trained on, and the value for these.
    #[must_use]
    pub fn split(&self) -> Option<(&str, &str)> {
        self.columns.iter().find_map(|column| column.split_value().map(|value| (column.title.as_str(), value)))
    }

    /// A model to start from, as a declaration: these columns are its heads, all others its inputs.
    ///
    /// Numbers are columns by name behind `Normalize`, with `?` where cells are missing; texts are categories, of which `unknown` stands for missing
    /// and rare ones. A head is for two values (`binary_cross_entropy`), categories (`categorical_cross_entropy` with named classes), counts
    /// (`poisson`) or other numbers (`mse` with `targets: standardized`); where labels are missing they are `partial`. What tells nothing
    /// (a constant, a number for each row, free text) is left out. The comment above it says how to read the file.
    ///
    /// # Errors
    ///
    /// No target, a target that is no column or that is one from which nothing can be learned, no column left for an input.
    pub fn declaration(&self, model: &str, targets: &[&str]) -> Result<String, DataError> {
        declaration::write(self, model, targets)
    }

    /// A column by its title.
    fn column(&self, title: &str) -> Result<&ColumnDescription, DataError> {
        let found = self.columns.iter().find(|column| column.title == title);
        found.or_else(|| self.columns.iter().find(|column| column.title.eq_ignore_ascii_case(title))).ok_or_else(|| {
            let titles = || self.columns.iter().map(|column| column.title.as_str());
            let hint = crate::category::nearest_text(titles(), title).map(|nearest| format!("; the nearest is `{nearest}`")).unwrap_or_default();
            let found = listed_with(titles().map(|title| format!("`{title}`")));
            DataError::NoColumn { of: "a target".to_owned(), column: title.to_owned(), found, hint }
        })
    }
}

impl Display for Description {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}: {} rows, {} columns\n", self.file, self.rows, self.columns.len())?;
        let title = |column: &ColumnDescription| column.title.chars().count();
        let kind = |column: &ColumnDescription| column.kind.name().len();
        let (titles, kinds) =
            (self.columns.iter().map(title).max().unwrap_or(0).clamp(6, 40), self.columns.iter().map(kind).max().unwrap_or(0).max(4));
        writeln!(f, "{:titles$}  {:kinds$}  {:>7}  {:>8}  values", "column", "kind", "missing", "distinct")?;
        for column in &self.columns {
            let distinct = if column.distinct_is_exact { format!("{}", column.distinct) } else { format!("> {}", column.distinct) };
            writeln!(f, "{:titles$}  {:kinds$}  {:>7}  {distinct:>8}  {}", column.title, column.kind.name(), column.missing, column.values())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whatever a file holds, its description is printed, and each column that can be learned has a declaration.
        #[test]
        fn any_text_is_described(cells in proptest::collection::vec("[a-zA-Z0-9 .<>=+_é?²-]{0,4}", 12..60), columns in 1_usize..4) {
            let lines: Vec<String> = cells.chunks_exact(columns).map(|line| line.join(",")).collect();
            let description = Csv::from_reader(lines.join("\n").as_bytes()).unwrap().describe();
            if let Ok(description) = description {
                let table = format!("{description}");
                prop_assert!(table.lines().count() >= 3 + columns.min(description.columns.len()), "{}", table);
                for column in &description.columns {
                    if let Ok(text) = description.declaration("é 1", &[&column.title]) {
                        let is_balanced = |open: char, close: char| text.matches(open).count() >= text.matches(close).count();
                        prop_assert!(is_balanced('{', '}') && text.contains(" head "), "{}", text);
                    }
                }
            }
        }
    }
}
