//! What a model's evaluation reads like: one row a head, with its loss, its labels and its metrics.

#[cfg(feature = "plot")]
mod card;

use core::fmt::{self, Debug, Display, Formatter};
use std::borrow::ToOwned;
use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

#[cfg(feature = "plot")]
pub use card::{Card, card};

/// The evaluation of a model on a data set: a struct with one field a head, which `multitask!` generates.
///
/// `report.health.accuracy` reads one number, `println!("{report}")` prints all of them as a table.
pub trait Report: Clone + Debug + Display {
    /// The combined loss: the sum of the losses of the heads with a label, times their weights, plus penalties; NaN where no head has a label.
    fn loss(&self) -> f64;
    /// The heads in the order of declaration.
    fn heads(&self) -> Vec<HeadRow>;

    /// Draws the confusion matrices, of all heads that have the metric `confusion` (feature `plot`): a row for each true class, the darker the larger its
    /// share of that class.
    ///
    /// # Errors
    ///
    /// See [`PlotError`](crate::plot::PlotError): a report without such a matrix, a file that cannot be written.
    #[cfg(feature = "plot")]
    fn plot_confusion(&self, path: impl AsRef<std::path::Path>) -> Result<(), crate::plot::PlotError>
    where
        Self: Sized,
    {
        self.confusion_picture()?.save(path)
    }

    /// The picture of [`plot_confusion`](Self::plot_confusion).
    ///
    /// # Errors
    ///
    /// A report without such a matrix.
    #[cfg(feature = "plot")]
    fn confusion_picture(&self) -> Result<crate::plot::Picture, crate::plot::PlotError>
    where
        Self: Sized,
    {
        crate::plot::confusion_picture(self)
    }
}

/// One head of a [`Report`].
#[derive(Clone, Debug, PartialEq)]
pub struct HeadRow {
    /// Its name.
    pub head: &'static str,
    /// Its mean loss over the samples that have its label; NaN if none has.
    pub loss: f64,
    /// How many samples have its label.
    pub labels: usize,
    /// Its metrics by name, in the order of declaration.
    pub metrics: Vec<(&'static str, Cell)>,
}

/// The value of a metric in a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    /// One number; NaN where the metric is not defined.
    Number(f64),
    /// A confusion matrix.
    Matrix(ConfusionMatrix),
}

/// How often each class was taken for each class. Its `Display` is a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfusionMatrix {
    /// The names of the classes; empty where they have none.
    pub names: Vec<String>,
    /// A row for each true class, with a number for each predicted one.
    pub counts: Vec<Vec<u64>>,
}

impl ConfusionMatrix {
    /// The name of a class, or its number.
    #[must_use]
    pub fn name(&self, class: usize) -> String {
        self.names.get(class).cloned().unwrap_or_else(|| class.to_string())
    }
}

/// Right-aligned columns; with names, these before the rows and above the columns.
impl Display for ConfusionMatrix {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.names.is_empty() {
            let width = self.counts.iter().flatten().map(|count| count.to_string().len()).max().unwrap_or(0);
            let line = |row: &Vec<u64>| row.iter().map(|count| format!("{count:>width$}")).collect::<Vec<_>>().join(" ");
            return formatter.write_str(&self.counts.iter().map(line).collect::<Vec<_>>().join("\n"));
        }
        let corner = "true \\ predicted";
        let first = self.names.iter().map(|name| name.chars().count()).chain([corner.len()]).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.counts.iter().filter_map(|row| row.get(column)).map(|count| count.to_string().len());
            cells.chain(self.names.get(column).map(|name| name.chars().count())).max().unwrap_or(0)
        };
        write!(formatter, "{corner:<first$}")?;
        for (column, name) in self.names.iter().enumerate() {
            write!(formatter, "  {name:>0$}", width(column))?;
        }
        for (row, name) in self.counts.iter().zip(&self.names) {
            write!(formatter, "\n{name:<first$}")?;
            for (column, count) in row.iter().enumerate() {
                write!(formatter, "  {count:>0$}", width(column))?;
            }
        }
        Ok(())
    }
}

/// A metric's value that a [`Report`] can show.
pub trait ToCell {
    /// How a table shows it.
    fn to_cell(&self) -> Cell;
}

impl ToCell for f64 {
    fn to_cell(&self) -> Cell {
        Cell::Number(*self)
    }
}

/// A confusion matrix of classes without names.
impl<const N: usize> ToCell for [[u64; N]; N] {
    fn to_cell(&self) -> Cell {
        confusion(self, &[])
    }
}

/// A confusion matrix of classes with names: a row for each true class, a column for each predicted one.
#[doc(hidden)]
#[must_use]
pub fn confusion<const N: usize>(matrix: &[[u64; N]; N], names: &[&str]) -> Cell {
    Cell::Matrix(ConfusionMatrix {
        names: names.iter().map(|&name| name.to_owned()).collect(),
        counts: matrix.iter().map(|row| row.to_vec()).collect(),
    })
}

/// Writes a report as an aligned table: the `Display` of every generated report.
///
/// ```text
/// head     labels    loss  accuracy     auc    mae
/// limited    4010  0.3661    0.8703  0.7134
/// health     4221  0.9312    0.5861
/// visits     4221  2.1107                   2.5703
/// combined         2.3527
/// ```
///
/// Metrics that are not one number, such as confusion matrices, follow below the table.
///
/// # Errors
///
/// Those of the formatter.
pub fn write_table<R: Report>(formatter: &mut Formatter<'_>, report: &R) -> fmt::Result {
    let heads = report.heads();
    let mut metrics: Vec<&'static str> = Vec::new();
    for (name, cell) in heads.iter().flat_map(|head| &head.metrics) {
        if matches!(cell, Cell::Number(_)) && !metrics.contains(name) {
            metrics.push(name);
        }
    }

    let mut lines: Vec<Vec<String>> = Vec::with_capacity(heads.len() + 2);
    lines.push(["head", "labels", "loss"].iter().chain(&metrics).map(|title| (*title).to_owned()).collect());
    for head in &heads {
        let mut line = Vec::with_capacity(3 + metrics.len());
        line.extend([head.head.to_owned(), head.labels.to_string(), loss(head.loss, head.labels)]);
        for metric in &metrics {
            line.push(match head.metrics.iter().find(|(name, _)| name == metric) {
                Some((_, Cell::Number(value))) if value.is_nan() => "-".to_owned(),
                Some((_, Cell::Number(value))) => number(*value),
                Some((_, Cell::Matrix(_))) | None => String::new(),
            });
        }
        lines.push(line);
    }
    lines.push(Vec::from(["combined".to_owned(), String::new(), number(report.loss())]));

    let widths: Vec<usize> = (0..lines[0].len())
        .map(|column| lines.iter().filter_map(|line| line.get(column)).map(|cell| cell.chars().count()).max().unwrap_or(0))
        .collect();
    for (row, line) in lines.iter().enumerate() {
        let mut text = String::new();
        for (column, cell) in line.iter().enumerate() {
            let width = widths[column];
            text.push_str(&if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") });
        }
        if row > 0 {
            writeln!(formatter)?;
        }
        write!(formatter, "{}", text.trim_end())?;
    }
    for head in &heads {
        for (name, cell) in &head.metrics {
            if let Cell::Matrix(matrix) = cell {
                write!(formatter, "\n\n{} {name}", head.head)?;
                for line in matrix.to_string().lines() {
                    write!(formatter, "\n  {line}")?;
                }
            }
        }
    }
    Ok(())
}

/// The loss of a head; `-` where it has no labels.
pub(crate) fn loss(value: f64, labels: usize) -> String {
    if labels == 0 { "-".to_owned() } else { number(value) }
}

/// Four significant digits or more.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        value.to_string()
    } else if value == 0.0 || (1e-3..1e3).contains(&value.abs()) {
        format!("{value:.4}")
    } else if (1e3..1e7).contains(&value.abs()) {
        format!("{value:.1}")
    } else {
        format!("{value:.3e}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    #[derive(Clone, Debug)]
    struct Two;

    impl Display for Two {
        fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
            write_table(formatter, self)
        }
    }

    impl Report for Two {
        fn loss(&self) -> f64 {
            1.5
        }
        fn heads(&self) -> Vec<HeadRow> {
            vec![
                HeadRow {
                    head: "kind",
                    loss: 0.25,
                    labels: 120,
                    metrics: vec![("accuracy", 0.875_f64.to_cell()), ("confusion", [[3_u64, 0], [12, 7]].to_cell())],
                },
                HeadRow { head: "temperature", loss: f64::NAN, labels: 0, metrics: vec![("mae", f64::NAN.to_cell())] },
            ]
        }
    }

    #[test]
    fn the_table_is_aligned_and_shows_what_is_not_defined_as_a_dash() {
        let expected = "\
head         labels    loss  accuracy  mae
kind            120  0.2500    0.8750
temperature       0       -              -
combined             1.5000

kind confusion
   3  0
  12  7";
        assert_eq!(Two.to_string(), expected);
    }

    #[test]
    fn a_confusion_matrix_of_names_says_which_axis_is_which() {
        let expected = "\
true \\ predicted  Poor  very good
Poor                12          3
very good            0        107";
        let Cell::Matrix(matrix) = confusion(&[[12, 3], [0, 107]], &["Poor", "very good"]) else { panic!("no matrix") };
        assert_eq!(matrix.to_string(), expected);
    }

    #[test]
    fn numbers_keep_their_significant_digits() {
        assert_eq!([loss(f64::NAN, 0), loss(f64::NAN, 3), loss(f64::INFINITY, 3)], ["-", "NaN", "inf"]);
        for (value, text) in [(0.0, "0.0000"), (0.000_123_4, "1.234e-4"), (283.4, "283.4000"), (80_123.46, "80123.5"), (-2.5e9, "-2.500e9")] {
            assert_eq!(number(value), text);
        }
    }
}
