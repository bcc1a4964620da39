//! Predictions as a CSV file.

use core::borrow::Borrow;
use std::borrow::ToOwned;
use std::collections::BTreeMap;
use std::format;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::Dataset;
use super::predict::predict_rows;
use crate::model::{FieldKind, HeadInfo, Model, is_missing, most_probable};

/// How many rows are predicted before they are written.
const CHUNK: usize = 4096;

/// Why predictions were not written.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file cannot be written, or not all of it.
    #[error("cannot write {file}: {error}")]
    Write {
        /// The file.
        file: String,
        /// Why.
        error: io::Error,
    },
    /// Two columns would have one title.
    #[error("the heads `{one}` and `{other}` would both have a column `{column}`; rename one of them")]
    TwoColumns {
        /// The title.
        column: String,
        /// The head that has it first.
        one: &'static str,
        /// The head that has it too.
        other: &'static str,
    },
}

/// Writes the outputs for every row of a data set as a CSV file, in the order of its rows.
///
/// | head | columns |
/// |---|---|
/// | of one number, `visits` | `visits` |
/// | of several numbers, `scores` | `scores_0`, `scores_1`, .. |
/// | of classes, `health` | `health`, the text or the number of the most probable class, and the probability of each: `health_Poor`, or `health_0` |
///
/// Numbers have as many digits as it takes to read the same bits again. The class of probabilities that are NaN is an empty cell.
///
/// ```
/// # use mtl_core::{data::{Dataset, WriteError, write_predictions}, model::Model};
/// # fn write<Care: Model>(model: &Care, data: &Dataset<Care>) -> Result<(), WriteError> {
/// write_predictions("predictions.csv", model, data)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`WriteError`]; a file that was begun stays as it is.
pub fn write_predictions<M: Model, B: Borrow<M> + ?Sized>(path: impl AsRef<Path>, model: &B, dataset: &Dataset<M>) -> Result<(), WriteError> {
    let path = path.as_ref();
    let file = format!("`{}`", path.display());
    let titles = titles::<M>()?;
    match File::create(path) {
        Ok(created) => write(created, &file, &titles, model.borrow(), dataset),
        Err(error) => Err(WriteError::Write { file, error }),
    }
}

/// As [`write_predictions`], to anything that can be written.
///
/// # Errors
///
/// [`WriteError`].
pub fn write_predictions_to<M: Model, B: Borrow<M> + ?Sized>(writer: impl Write, model: &B, dataset: &Dataset<M>) -> Result<(), WriteError> {
    write(writer, "the predictions", &titles::<M>()?, model.borrow(), dataset)
}

fn write<M: Model>(writer: impl Write, file: &str, titles: &[String], model: &M, dataset: &Dataset<M>) -> Result<(), WriteError> {
    let lines = || -> Result<(), csv::Error> {
        let mut csv = csv::Writer::from_writer(BufWriter::new(writer));
        csv.write_record(titles)?;
        let mut line = Vec::with_capacity(titles.len());
        for first in (0..dataset.len()).step_by(CHUNK) {
            for outputs in predict_rows(model, dataset, first..dataset.len().min(first + CHUNK)) {
                line.clear();
                for (number, head) in M::HEADS.iter().enumerate() {
                    let values = M::output_numbers(&outputs, number);
                    if let FieldKind::Class { .. } = head.target {
                        let class = most_probable(values);
                        line.push(if values.iter().any(|&value| is_missing(value)) { String::new() } else { class_name(head, class) });
                    }
                    line.extend(values.iter().map(|value| format!("{value:?}")));
                }
                csv.write_record(&line)?;
            }
        }
        csv.flush()?;
        Ok(())
    };
    lines().map_err(|error| WriteError::Write { file: file.to_owned(), error: error.into() })
}

/// The text of a class, or its number.
fn class_name(head: &HeadInfo, class: usize) -> String {
    let texts = head.columns.named().first().map_or(&[][..], |column| column.categories);
    texts.get(class).map_or_else(|| class.to_string(), |&text| text.to_owned())
}

/// The titles of all columns.
fn titles<M: Model>() -> Result<Vec<String>, WriteError> {
    let (mut titles, mut heads) = (Vec::new(), BTreeMap::new());
    for head in M::HEADS {
        let first = titles.len();
        match head.target {
            FieldKind::Class { .. } => {
                titles.push(head.name.to_owned());
                titles.extend((0..head.outputs).map(|class| format!("{}_{}", head.name, class_name(head, class))));
            }
            FieldKind::Real { .. } if head.outputs == 1 => titles.push(head.name.to_owned()),
            FieldKind::Real { .. } => titles.extend((0..head.outputs).map(|number| format!("{}_{number}", head.name))),
        }
        for title in &titles[first..] {
            if let Some(one) = heads.insert(title.clone(), head.name) {
                return Err(WriteError::TwoColumns { column: title.clone(), one, other: head.name });
            }
        }
    }
    Ok(titles)
}
