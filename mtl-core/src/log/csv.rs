//! A line an epoch.

use std::borrow::ToOwned;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use super::{Log, Record, Start};
use crate::error::FileError;

/// A CSV file with a line an epoch: `epoch, step, seconds, learning_rate, loss, HEAD_loss, HEAD_weight, .., validation_loss, validation_HEAD_loss,
/// validation_HEAD_METRIC, ..`. A cell is empty where there is no number; confusion matrices are left out.
///
/// The file is new, or replaces what was there, unless lines are to be [added](Self::append).
#[derive(Debug)]
pub struct Csv {
    path: PathBuf,
    append: bool,
    file: Option<File>,
    /// The titles, once the first line is written.
    titles: Option<Vec<String>>,
}

impl Csv {
    /// A log in this file.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), append: false, file: None, titles: None }
    }

    /// Adds lines to the file that is there, as for a training that goes on from a checkpoint. Its columns must be the same.
    #[must_use]
    pub fn append(self) -> Self {
        Self { append: true, ..self }
    }

    fn write(&mut self, record: &Record<'_>) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Err(io::ErrorKind::NotConnected.into()) };
        let mut writer = csv::Writer::from_writer(Vec::new());
        let validation = record.validation.iter().map(|value| std::format!("validation_{}", value.title()));
        let titles = ["epoch", "step", "seconds"].map(ToOwned::to_owned).into_iter();
        let titles: Vec<String> = titles.chain(record.train.iter().map(super::Value::title)).chain(validation).collect();
        match &self.titles {
            None => writer.write_record(&titles)?,
            Some(before) if *before == titles => {}
            Some(_) => return Err(io::Error::other("its columns are those of another training")),
        }
        self.titles = Some(titles);
        let numbers = record.train.iter().chain(record.validation).map(|value| value.value);
        let numbers = numbers.map(|value| if value.is_nan() { String::new() } else { value.to_string() });
        writer.write_record([record.epoch.to_string(), record.step.to_string(), record.seconds.to_string()].into_iter().chain(numbers))?;
        let bytes = writer.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        // A whole line at once.
        file.write_all(&bytes)
    }

    fn open(&mut self) -> io::Result<()> {
        self.titles = None;
        if self.append && self.path.exists() {
            let mut first = String::new();
            BufReader::new(File::open(&self.path)?).read_line(&mut first)?;
            if !first.is_empty() {
                self.titles = Some(first.trim_end().split(',').map(ToOwned::to_owned).collect());
            }
        }
        let mut options = OpenOptions::new();
        self.file = Some(if self.append { options.append(true) } else { options.write(true).truncate(true) }.create(true).open(&self.path)?);
        Ok(())
    }
}

impl Log for Csv {
    fn begin(&mut self, _: &Start<'_>) -> Result<(), FileError> {
        self.open().map_err(FileError::of(&self.path))
    }

    fn epoch(&mut self, record: &Record<'_>) -> Result<(), FileError> {
        self.write(record).map_err(FileError::of(&self.path))
    }
}
