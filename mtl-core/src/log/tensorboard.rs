//! Event files of TensorBoard.
//!
//! A file is a list of records, each a length, its checksum, the bytes of a message and their checksum (`TFRecord`). The messages are those of TensorFlow's
//! `event.proto` and `summary.proto`, as far as they are needed.

use std::borrow::ToOwned;
use std::format;
use std::fs::{File, create_dir_all};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};
use std::vec::Vec;

use prost::Message;

use super::{Log, Record, Start, StepRecord, Value};
use crate::error::FileError;
use crate::plot::matrix_picture;
use crate::trainer::Ending;

/// A directory for TensorBoard: `tensorboard --logdir DIRECTORY` (feature `tensorboard`).
///
/// The numbers of the training are in its `train`, those of the validation in its `validation`, under the same names, so that the curves of both are in one
/// chart: `loss`, `HEAD/loss`, `HEAD/METRIC`. The training has `learning_rate`, `HEAD/weight`, `HEAD/gradient_norm` and `cosine/..` too, and the summary
/// of the model and the ending as texts; the validation has the confusion matrices as pictures. A number that is not defined is left out.
///
/// Each training writes files of its own, so one that goes on from a checkpoint goes on with the curves. As in Keras, an epoch is a step of the charts,
/// and losses of single steps, where they are [asked for](Self::every), are in `batch/HEAD`, by the number of the step.
#[derive(Debug)]
pub struct TensorBoard {
    directory: PathBuf,
    every: Option<u64>,
    train: Option<Events>,
    validation: Option<Events>,
}

impl TensorBoard {
    /// A log in this directory, which is made if it is not there.
    #[must_use]
    pub fn new(directory: impl AsRef<Path>) -> Self {
        Self { directory: directory.as_ref().to_owned(), every: None, train: None, validation: None }
    }

    /// Writes the losses and the learning rate of every so many steps too; of none if 0.
    #[must_use]
    pub fn every(self, steps: u64) -> Self {
        Self { every: (steps > 0).then_some(steps), ..self }
    }

    fn train(&mut self, step: u64, values: Vec<SummaryValue>) -> Result<(), FileError> {
        self.train.as_mut().map_or(Ok(()), |events| events.write(step, values))
    }
}

impl Log for TensorBoard {
    fn begin(&mut self, start: &Start<'_>) -> Result<(), FileError> {
        self.train = Some(Events::create(&self.directory.join("train"))?);
        self.validation = None;
        // As it is printed: in Markdown, text of one width is indented.
        let text = start.summary.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n");
        self.train(0, Vec::from([SummaryValue::text("summary", &text)]))
    }

    fn epoch(&mut self, record: &Record<'_>) -> Result<(), FileError> {
        let step = record.epoch as u64;
        self.train(step, scalars(record.train))?;
        if record.validation.is_empty() {
            return Ok(());
        }
        let mut values = scalars(record.validation);
        for matrix in record.matrices {
            let tag = format!("{}/{}", matrix.head, matrix.name);
            let picture = matrix_picture(&format!("{tag}, epoch {}", record.epoch), &matrix.matrix);
            values.push(SummaryValue::image(&tag, picture.size(), picture.to_png()));
        }
        if self.validation.is_none() {
            self.validation = Some(Events::create(&self.directory.join("validation"))?);
        }
        self.validation.as_mut().map_or(Ok(()), |events| events.write(step, values))
    }

    fn every(&self) -> Option<u64> {
        self.every
    }

    fn step(&mut self, step: &StepRecord<'_>) -> Result<(), FileError> {
        let losses = step.losses.iter().filter(|value| !value.value.is_nan());
        let losses = losses.map(|value| SummaryValue::scalar(&format!("batch/{}", value.head.unwrap_or_default()), value.value));
        let rate = SummaryValue::scalar("batch/learning_rate", step.learning_rate);
        self.train(step.step, losses.chain([rate]).collect())
    }

    fn end(&mut self, ending: &Ending) -> Result<(), FileError> {
        self.train(ending.epoch as u64, Vec::from([SummaryValue::text("ending", &ending.to_string())]))
    }
}

/// The numbers that are defined, by their names.
fn scalars(values: &[Value]) -> Vec<SummaryValue> {
    let tag = |value: &Value| match value.head {
        Some(head) => format!("{head}/{}", value.name),
        None => value.name.replacen("cosine_", "cosine/", 1),
    };
    values.iter().filter(|value| !value.value.is_nan()).map(|value| SummaryValue::scalar(&tag(value), value.value)).collect()
}

/// A file of events.
#[derive(Debug)]
struct Events {
    path: PathBuf,
    file: File,
}

impl Events {
    fn create(directory: &Path) -> Result<Self, FileError> {
        // Two files of one second and process are told apart by their number.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        create_dir_all(directory).map_err(FileError::of(directory))?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!("events.out.tfevents.{}.mtl.{}.{number}", now().as_secs(), std::process::id()));
        let file = File::create(&path).map_err(FileError::of(&path))?;
        let mut events = Self { path, file };
        events.put(&Event { wall_time: now().as_secs_f64(), step: 0, file_version: Some("brain.Event:2".to_owned()), summary: None })?;
        Ok(events)
    }

    fn write(&mut self, step: u64, value: Vec<SummaryValue>) -> Result<(), FileError> {
        let step = i64::try_from(step).unwrap_or(i64::MAX);
        self.put(&Event { wall_time: now().as_secs_f64(), step, file_version: None, summary: Some(Summary { value }) })
    }

    fn put(&mut self, event: &Event) -> Result<(), FileError> {
        // A whole record at once.
        self.file.write_all(&record(&event.encode_to_vec())).map_err(FileError::of(&self.path))
    }
}

fn now() -> core::time::Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// The bytes of a record.
fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length, &masked(&length).to_le_bytes()[..], data, &masked(data).to_le_bytes()].concat()
}

/// CRC-32C, rotated and shifted: the sum of bytes that hold a sum themselves would be of no use.
fn masked(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

#[derive(Clone, PartialEq, Message)]
struct Event {
    #[prost(double, tag = "1")]
    wall_time: f64,
    #[prost(int64, tag = "2")]
    step: i64,
    #[prost(string, optional, tag = "3")]
    file_version: Option<String>,
    #[prost(message, optional, tag = "5")]
    summary: Option<Summary>,
}

#[derive(Clone, PartialEq, Message)]
struct Summary {
    #[prost(message, repeated, tag = "1")]
    value: Vec<SummaryValue>,
}

#[derive(Clone, PartialEq, Message)]
struct SummaryValue {
    #[prost(string, tag = "1")]
    tag: String,
    #[prost(float, optional, tag = "2")]
    simple_value: Option<f32>,
    #[prost(message, optional, tag = "4")]
    image: Option<Image>,
    #[prost(message, optional, tag = "8")]
    tensor: Option<Tensor>,
    #[prost(message, optional, tag = "9")]
    metadata: Option<Metadata>,
}

#[derive(Clone, PartialEq, Message)]
struct Image {
    #[prost(int32, tag = "1")]
    height: i32,
    #[prost(int32, tag = "2")]
    width: i32,
    /// 3 is RGB.
    #[prost(int32, tag = "3")]
    colourspace: i32,
    #[prost(bytes = "vec", tag = "4")]
    encoded: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
struct Tensor {
    /// 7 is that of strings.
    #[prost(int32, tag = "1")]
    kind: i32,
    /// The shape, of a scalar empty.
    #[prost(message, optional, tag = "2")]
    shape: Option<Shape>,
    #[prost(bytes = "vec", repeated, tag = "8")]
    strings: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Shape {}

#[derive(Clone, PartialEq, Message)]
struct Metadata {
    #[prost(message, optional, tag = "1")]
    plugin: Option<Plugin>,
}

#[derive(Clone, PartialEq, Message)]
struct Plugin {
    #[prost(string, tag = "1")]
    name: String,
}

impl SummaryValue {
    #[allow(clippy::cast_possible_truncation, reason = "TensorBoard keeps numbers of 32 bits")]
    fn scalar(tag: &str, value: f64) -> Self {
        Self { tag: tag.to_owned(), simple_value: Some(value as f32), ..Self::default() }
    }

    fn text(tag: &str, text: &str) -> Self {
        let tensor = Tensor { kind: 7, shape: Some(Shape {}), strings: Vec::from([text.as_bytes().to_vec()]) };
        let metadata = Metadata { plugin: Some(Plugin { name: "text".to_owned() }) };
        Self { tag: tag.to_owned(), tensor: Some(tensor), metadata: Some(metadata), ..Self::default() }
    }

    #[allow(clippy::cast_possible_truncation, reason = "the size of a picture")]
    fn image(tag: &str, (width, height): (f64, f64), encoded: Vec<u8>) -> Self {
        let image = Image { height: height as i32, width: width as i32, colourspace: 3, encoded };
        Self { tag: tag.to_owned(), image: Some(image), ..Self::default() }
    }
}

/// Reads the records of a file, whose checksums must be right.
#[cfg(test)]
fn events(mut bytes: &[u8]) -> std::io::Result<Vec<Event>> {
    use std::io;
    let wrong = || io::Error::other("the checksum is wrong");
    let mut take = |count: usize| {
        let (first, rest) = bytes.split_at_checked(count).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes = rest;
        Ok::<_, io::Error>((first, rest.is_empty()))
    };
    let mut events = Vec::new();
    loop {
        let length = take(8)?.0;
        let sum = take(4)?.0;
        let count = u64::from_le_bytes(length.try_into().map_err(io::Error::other)?);
        let (data, (data_sum, is_last)) = (take(usize::try_from(count).map_err(io::Error::other)?)?.0, take(4)?);
        if masked(length).to_le_bytes() != sum || masked(data).to_le_bytes() != data_sum {
            return Err(wrong());
        }
        events.push(Event::decode(data)?);
        if is_last {
            return Ok(events);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;
    use crate::log::tests::{adapted, directory, trainer};
    use crate::testing::{Tiny, dataset};
    use std::fs;
    use std::process::Command;

    /// Of CRC-32C, RFC 3720; of the mask, TensorFlow's own test.
    #[test]
    fn checksums_are_those_of_the_format() {
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(masked(b"foo"), crc32c::crc32c(b"foo").rotate_right(15).wrapping_add(0xa282_ead8));
    }

    fn read(directory: &Path) -> Vec<Event> {
        let files: Vec<PathBuf> = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(files.len(), 1, "{files:?}");
        events(&fs::read(&files[0]).unwrap()).unwrap()
    }

    fn scalar(events: &[Event], step: i64, tag: &str) -> Option<f32> {
        let values = events.iter().filter(|event| event.step == step).filter_map(|event| event.summary.as_ref()).flat_map(|summary| &summary.value);
        values.filter(|value| value.tag == tag).find_map(|value| value.simple_value)
    }

    #[test]
    #[allow(clippy::cast_possible_truncation, reason = "as in the file")]
    fn events_are_read_back() {
        let (directory, data): (_, Dataset<Tiny>) = (directory("tensorboard"), dataset(40));
        let log = TensorBoard::new(&directory).every(4);
        let history = trainer().log(log).fit(&mut adapted(&data), &data).unwrap();
        let (train, validation) = (read(&directory.join("train")), read(&directory.join("validation")));
        assert_eq!(train[0].file_version.as_deref(), Some("brain.Event:2"));
        for epoch in &history.epochs {
            let step = epoch.number as i64;
            assert_eq!(scalar(&train, step, "loss"), Some(epoch.loss as f32));
            assert_eq!(scalar(&train, step, "kind/loss"), Some(epoch.heads[1].loss as f32));
            assert_eq!(scalar(&train, step, "level/weight"), Some(0.5));
            let gradients = epoch.gradients.as_ref().unwrap();
            assert_eq!(scalar(&train, step, "kind/gradient_norm"), Some(gradients.norms[1] as f32));
            let pair = gradients.cosines[0];
            assert_eq!(scalar(&train, step, &format!("cosine/level_kind_{}", pair.block)), Some(pair.cosine as f32));
            assert_eq!(scalar(&validation, step, "kind/accuracy"), Some(epoch.validation.as_ref().unwrap().kind.accuracy as f32));
        }
        assert!(scalar(&train, 4, "batch/level").is_some() && scalar(&train, 5, "batch/level").is_none());
        let texts =
            train.iter().filter_map(|event| event.summary.as_ref()).flat_map(|summary| &summary.value).filter_map(|value| value.tensor.as_ref());
        let texts: Vec<String> = texts.map(|tensor| String::from_utf8(tensor.strings[0].clone()).unwrap()).collect();
        assert!(texts[0].starts_with("    Tiny\n"), "{texts:?}");
        assert_eq!(texts[1], "finished after epoch 3");
    }

    /// What TensorBoard reads, where Python has it: `MTL_PYTHON` is a Python with the package `tensorboard`.
    #[test]
    fn tensorboard_reads_what_is_written() {
        let python = std::env::var("MTL_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let has_it = Command::new(&python).args(["-c", "import tensorboard"]).output().is_ok_and(|output| output.status.success());
        if !has_it {
            assert!(std::env::var("MTL_PYTHON").is_err(), "`{python}` has no package `tensorboard`");
            return;
        }
        let (directory, data): (_, Dataset<Tiny>) = (directory("real-tensorboard"), dataset(40));
        let history = trainer().log(TensorBoard::new(&directory)).fit(&mut adapted(&data), &data).unwrap();
        // The model here has no confusion matrix.
        let mut events = Events::create(&directory.join("pictures")).unwrap();
        let matrix = crate::report::ConfusionMatrix { names: Vec::new(), counts: Vec::from([Vec::from([3, 1]), Vec::from([0, 4])]) };
        let picture = matrix_picture("kind/confusion", &matrix);
        events.write(1, Vec::from([SummaryValue::image("kind/confusion", picture.size(), picture.to_png())])).unwrap();
        let script = "\
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
def load(name):
    events = EventAccumulator(sys.argv[1] + '/' + name, size_guidance={'tensors': 0, 'scalars': 0})
    events.Reload()
    return events
train, validation, pictures = load('train'), load('validation'), load('pictures')
for tag in ['loss', 'kind/loss', 'kind/gradient_norm', 'learning_rate']:
    print(tag, *[(event.step, round(event.value, 5)) for event in train.Scalars(tag)])
print('accuracy', *[round(event.value, 5) for event in validation.Scalars('kind/accuracy')])
print(train.Tensors('summary/text_summary' if 'summary/text_summary' in train.Tags()['tensors'] else 'summary')[0].tensor_proto.string_val[0].decode().split()[0])
print(pictures.Tags()['images'], pictures.Images('kind/confusion')[0].encoded_image_string[:4])
";
        let output = Command::new(&python).args(["-c", script]).arg(&directory).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines: Vec<&str> = text.lines().collect();
        let losses: Vec<String> = lines[0].split(['(', ',', ')', ' ']).filter(|part| part.contains('.')).map(ToOwned::to_owned).collect();
        assert_eq!(losses.len(), 3, "{text}");
        for (loss, epoch) in losses.iter().zip(&history.epochs) {
            assert!((loss.parse::<f64>().unwrap() - epoch.loss).abs() < 1e-4 * epoch.loss.abs(), "{text}");
        }
        assert_eq!(lines[4].split(' ').count(), 4, "{text}");
        assert_eq!(lines[5], "Tiny");
        assert_eq!(lines[6], "['kind/confusion'] b'\\x89PNG'");
    }
}
