//! A JSON object an epoch.

use std::borrow::ToOwned;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::string::ToString;

use serde_json::{Map, Value as Json, json};

use super::{Log, Record, Start, StepRecord, Value};
use crate::error::FileError;
use crate::trainer::Ending;

/// A file of JSON objects, each on a line of its own ([JSON Lines](https://jsonlines.org)), which are added to what is there.
///
/// ```json
/// {"event":"begin","model":"Patient","epochs":20,"steps_per_epoch":63,"heads":["limited","health"],"summary":".."}
/// {"event":"epoch","epoch":1,"step":63,"seconds":0.12,"train":{"learning_rate":0.001,"loss":1.2,"limited":{"loss":0.4,"weight":1.0}},"validation":{"loss":1.1,"limited":{"loss":0.41,"auc":0.7}}}
/// {"event":"end","epoch":20,"step":1260,"ending":"finished after epoch 20"}
/// ```
///
/// A number that is not defined is `null`. Confusion matrices are lists of rows, one a true class.
#[derive(Debug)]
pub struct JsonLines {
    path: PathBuf,
    every: Option<u64>,
    file: Option<File>,
}

impl JsonLines {
    /// A log in this file.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), every: None, file: None }
    }

    /// Writes the losses of every so many steps too; of none if 0.
    #[must_use]
    pub fn every(self, steps: u64) -> Self {
        Self { every: (steps > 0).then_some(steps), ..self }
    }

    fn write(&mut self, object: &Json) -> Result<(), FileError> {
        let written = match &mut self.file {
            // A whole line at once.
            Some(file) => file.write_all(std::format!("{object}\n").as_bytes()),
            None => Err(io::ErrorKind::NotConnected.into()),
        };
        written.map_err(FileError::of(&self.path))
    }
}

/// By name, those of a head in an object of its own.
fn object(values: &[Value]) -> Map<String, Json> {
    let mut all = Map::new();
    for value in values {
        let number = Json::from(value.value);
        match value.head {
            None => all.insert(value.name.to_string(), number),
            Some(head) => {
                if let Json::Object(own) = all.entry(head).or_insert_with(|| json!({})) {
                    own.insert(value.name.to_string(), number);
                }
                None
            }
        };
    }
    all
}

type String = std::string::String;

impl Log for JsonLines {
    fn begin(&mut self, start: &Start<'_>) -> Result<(), FileError> {
        let opened = OpenOptions::new().append(true).create(true).open(&self.path);
        self.file = Some(opened.map_err(FileError::of(&self.path))?);
        let Start { model, summary, heads, epochs, steps_per_epoch } = start;
        self.write(
            &json!({ "event": "begin", "model": model, "epochs": epochs, "steps_per_epoch": steps_per_epoch, "heads": heads, "summary": summary }),
        )
    }

    fn epoch(&mut self, record: &Record<'_>) -> Result<(), FileError> {
        let Record { epoch, step, seconds, train, validation, matrices } = record;
        let mut validation = object(validation);
        for matrix in *matrices {
            if let Json::Object(own) = validation.entry(matrix.head).or_insert_with(|| json!({})) {
                own.insert(matrix.name.to_owned(), json!(matrix.matrix.counts));
            }
        }
        let validation = if validation.is_empty() { Json::Null } else { Json::Object(validation) };
        self.write(&json!({ "event": "epoch", "epoch": epoch, "step": step, "seconds": seconds, "train": object(train), "validation": validation }))
    }

    fn every(&self) -> Option<u64> {
        self.every
    }

    fn step(&mut self, step: &StepRecord<'_>) -> Result<(), FileError> {
        let StepRecord { epoch, step, learning_rate, losses } = step;
        self.write(&json!({ "event": "step", "epoch": epoch, "step": step, "learning_rate": learning_rate, "losses": object(losses) }))
    }

    fn end(&mut self, ending: &Ending) -> Result<(), FileError> {
        self.write(&json!({ "event": "end", "epoch": ending.epoch, "step": ending.step, "ending": ending.to_string() }))
    }
}
