//! A file of several named slices, for states that are more than weights: optimizers, strategies, counters, random numbers.
//!
//! It is a safetensors file with the model's fingerprint and a checksum of the whole file in it, written as atomically as weights. Scalars and
//! 64-bit words come back as the bits they were, whatever they are: a NaN in a history is no reason to lose a checkpoint.

use std::borrow::ToOwned;
use std::boxed::Box;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use safetensors::Dtype;

use super::file::{self, ReadError, TensorFile, element_of};
use super::header::{ElementType, Entry, HeaderError};
use super::save::{self, LittleEndian, Reals, Tensor};
use super::tag::Tag;
use super::{atomic, fingerprint, load};
use crate::kernel::scalar::Scalar;
use crate::model::Model;

/// Why a checkpoint was not written or read.
#[derive(thiserror::Error)]
#[error("checkpoint `{}`: {kind}", path.display())]
pub struct CheckpointError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    #[source]
    pub kind: CheckpointErrorKind,
}

/// What is wrong with a checkpoint.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointErrorKind {
    /// It cannot be read or written; when writing, what was there before still is.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It is not a safetensors file.
    #[error("not a safetensors file: {0}")]
    NotSafetensors(#[source] HeaderError),
    /// Several of its parts have one name.
    #[error("it has two parts called `{name}`")]
    Duplicate {
        /// The name.
        name: String,
    },
    /// It was damaged, or written by something else.
    #[error("it has no checksum, or not that of its contents: it is damaged, or no checkpoint of this version")]
    Damaged,
    /// Something in it contradicts the rest, or itself.
    #[error("its `{name}` cannot be: {problem}")]
    Invalid {
        /// What.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The format cannot hold it.
    #[error("it does not fit into a safetensors file")]
    Format(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// It is of another model, or has no fingerprint at all.
    #[error("it is not of the model `{model}` as it is now{}", Listed(differences))]
    Architecture {
        /// The name of the model.
        model: &'static str,
        /// What differs of inputs and heads, by name.
        differences: Vec<String>,
    },
    /// Something is not in it.
    #[error("it has no `{name}`")]
    Missing {
        /// What.
        name: String,
    },
    /// Something has another type or length.
    #[error("`{name}` has {found_length} values of {found}, not {expected_length} of {expected}")]
    Mismatch {
        /// What.
        name: String,
        /// The type asked for.
        expected: &'static str,
        /// The number of values asked for.
        expected_length: u64,
        /// The type in the file.
        found: &'static str,
        /// The number of values in the file.
        found_length: u64,
    },
}

impl From<ReadError> for CheckpointErrorKind {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => Self::Io(error),
            ReadError::Header(error) => Self::NotSafetensors(error),
            ReadError::Duplicate(name) => Self::Duplicate { name },
        }
    }
}

struct Listed<'a>(&'a [String]);

impl core::fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.0.iter().try_for_each(|difference| write!(f, "\n  {difference}"))
    }
}

struct Bytes<'a>(&'a [u8]);

impl LittleEndian for Bytes<'_> {
    fn bytes(&self) -> Vec<u8> {
        self.0.to_vec()
    }
    fn byte_count(&self) -> usize {
        self.0.len()
    }
}

struct Words<'a>(&'a [u64]);

impl LittleEndian for Words<'_> {
    fn bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }
    fn byte_count(&self) -> usize {
        size_of_val(self.0)
    }
}

impl<V: LittleEndian + ?Sized> LittleEndian for &V {
    fn bytes(&self) -> Vec<u8> {
        (**self).bytes()
    }
    fn byte_count(&self) -> usize {
        (**self).byte_count()
    }
}

/// One named slice to be written.
struct Part<'a> {
    dtype: Dtype,
    shape: [usize; 1],
    values: Box<dyn LittleEndian + 'a>,
}

/// Collects named slices and writes them to one file.
///
/// ```text
/// CheckpointWriter::new::<Patient>().scalars("parameters", model.as_slice()).words("epoch", &[epoch]).save(path)?;
/// ```
pub struct CheckpointWriter<'a> {
    tag: String,
    parts: BTreeMap<String, Part<'a>>,
}

impl core::fmt::Debug for CheckpointWriter<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CheckpointWriter").field("tag", &self.tag).field("names", &self.parts.keys()).finish()
    }
}

impl<'a> CheckpointWriter<'a> {
    /// A checkpoint of a model.
    #[must_use]
    pub fn new<M: Model>() -> Self {
        Self { tag: Tag::line::<M>(), parts: BTreeMap::new() }
    }

    /// Adds scalars. What had the name before is replaced.
    #[must_use]
    pub fn scalars<T: Scalar>(mut self, name: impl Into<String>, values: &'a [T]) -> Self {
        let part = Part { dtype: save::dtype::<T>(), shape: [values.len()], values: Box::new(Reals(values)) };
        self.parts.insert(name.into(), part);
        self
    }

    /// Adds 64-bit words. What had the name before is replaced.
    #[must_use]
    pub fn words(mut self, name: impl Into<String>, values: &'a [u64]) -> Self {
        let part = Part { dtype: Dtype::U64, shape: [values.len()], values: Box::new(Words(values)) };
        self.parts.insert(name.into(), part);
        self
    }

    /// Adds a text. What had the name before is replaced.
    #[must_use]
    pub fn text(mut self, name: impl Into<String>, text: &'a str) -> Self {
        let part = Part { dtype: Dtype::U8, shape: [text.len()], values: Box::new(Bytes(text.as_bytes())) };
        self.parts.insert(name.into(), part);
        self
    }

    /// Writes the file: a crash leaves the old one or the new one. A symbolic link is followed.
    ///
    /// # Errors
    ///
    /// [`CheckpointErrorKind::Io`], [`CheckpointErrorKind::Format`].
    pub fn save(self, path: impl AsRef<Path>) -> Result<(), CheckpointError> {
        self.put(path.as_ref(), atomic::write)
    }

    /// Whether [`save`](Self::save) would succeed now: a file of this size is written beside `path`, and removed.
    ///
    /// # Errors
    ///
    /// As [`save`](Self::save).
    pub fn probe(self, path: impl AsRef<Path>) -> Result<(), CheckpointError> {
        self.put(path.as_ref(), atomic::probe)
    }

    fn put(self, path: &Path, put: impl FnOnce(&Path, &[u8]) -> io::Result<()>) -> Result<(), CheckpointError> {
        self.to_bytes().and_then(|bytes| Ok(put(path, &bytes)?)).map_err(|kind| CheckpointError { path: path.to_owned(), kind })
    }

    fn to_bytes(&self) -> Result<Vec<u8>, CheckpointErrorKind> {
        let tensors = self.parts.iter().map(|(name, part)| (name.as_str(), Tensor { dtype: part.dtype, shape: &part.shape, values: &*part.values }));
        let bytes = save::serialize(tensors.collect(), file::with_checksum(&self.tag));
        let mut bytes = bytes.map_err(|error| CheckpointErrorKind::Format(Box::new(error)))?;
        file::seal(&mut bytes)?;
        Ok(bytes)
    }
}

/// Reads named slices back.
pub struct CheckpointReader {
    path: PathBuf,
    file: TensorFile<File>,
}

impl core::fmt::Debug for CheckpointReader {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("CheckpointReader").field("path", &self.path).finish_non_exhaustive()
    }
}

impl CheckpointReader {
    /// Opens a checkpoint of a model and reads it once from end to end, to compare its checksum.
    ///
    /// # Errors
    ///
    /// [`CheckpointErrorKind::Io`], also for what is no regular file; [`CheckpointErrorKind::NotSafetensors`],
    /// [`CheckpointErrorKind::Duplicate`], [`CheckpointErrorKind::Damaged`], [`CheckpointErrorKind::Architecture`].
    pub fn open<M: Model>(path: impl AsRef<Path>) -> Result<Self, CheckpointError> {
        let path = path.as_ref();
        let open = || {
            let mut file = TensorFile::open(atomic::open(path)?)?;
            if !file.is_sealed()? {
                return Err(CheckpointErrorKind::Damaged);
            }
            if file.tag().fingerprint != Some(fingerprint::<M>()) {
                return Err(CheckpointErrorKind::Architecture { model: M::NAME, differences: load::schema_differences::<M>(&file.tag()) });
            }
            Ok(file)
        };
        match open() {
            Ok(file) => Ok(Self { path: path.to_owned(), file }),
            Err(kind) => Err(CheckpointError { path: path.to_owned(), kind }),
        }
    }

    /// Whether there is a slice of this name.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    /// Reads scalars that were written from a slice of the same type and length.
    ///
    /// # Errors
    ///
    /// [`CheckpointErrorKind::Missing`], [`CheckpointErrorKind::Mismatch`], [`CheckpointErrorKind::Io`], after which `values` may be written in part.
    pub fn scalars_into<T: Scalar>(&mut self, name: &str, values: &mut [T]) -> Result<(), CheckpointError> {
        let entry = self.find(name, element_of::<T>(), Some(values.len()))?;
        let mut places = values.iter_mut();
        let read = self.file.read_reals(&entry, |value| {
            if let Some(place) = places.next() {
                *place = T::from_f64(value);
            }
        });
        read.map_err(|error| self.error(error.into()))
    }

    /// Reads scalars of any number.
    ///
    /// # Errors
    ///
    /// As [`scalars_into`](Self::scalars_into).
    pub fn scalars<T: Scalar>(&mut self, name: &str) -> Result<Vec<T>, CheckpointError> {
        let entry = self.find(name, element_of::<T>(), None)?;
        let mut values = Vec::with_capacity(length(&entry));
        let read = self.file.read_reals(&entry, |value| values.push(T::from_f64(value)));
        read.map(|()| values).map_err(|error| self.error(error.into()))
    }

    /// Reads words of any number.
    ///
    /// # Errors
    ///
    /// As [`scalars_into`](Self::scalars_into).
    pub fn words(&mut self, name: &str) -> Result<Vec<u64>, CheckpointError> {
        self.words_of(name, None)
    }

    /// Reads `N` words.
    ///
    /// # Errors
    ///
    /// As [`scalars_into`](Self::scalars_into).
    pub fn word_array<const N: usize>(&mut self, name: &str) -> Result<[u64; N], CheckpointError> {
        let words = self.words_of(name, Some(N))?;
        let mut array = [0; N];
        for (place, word) in array.iter_mut().zip(words) {
            *place = word;
        }
        Ok(array)
    }

    /// Reads a text.
    ///
    /// # Errors
    ///
    /// As [`scalars_into`](Self::scalars_into); [`CheckpointErrorKind::Invalid`] where it is not UTF-8.
    pub fn text(&mut self, name: &str) -> Result<String, CheckpointError> {
        let entry = self.find(name, ElementType::U8, None)?;
        let mut bytes = Vec::with_capacity(length(&entry));
        let read = self.file.read_bytes(&entry, |byte| bytes.push(byte));
        read.map_err(|error| self.error(error.into()))?;
        String::from_utf8(bytes).map_err(|_| self.invalid(name, "it is not UTF-8"))
    }

    /// What is wrong with a part that could be read.
    pub(crate) fn invalid(&self, name: &str, problem: &'static str) -> CheckpointError {
        self.error(CheckpointErrorKind::Invalid { name: name.to_owned(), problem })
    }

    fn words_of(&mut self, name: &str, expected: Option<usize>) -> Result<Vec<u64>, CheckpointError> {
        let entry = self.find(name, ElementType::U64, expected)?;
        let mut words = Vec::with_capacity(length(&entry));
        let read = self.file.read_words(&entry, |word| words.push(word));
        read.map(|()| words).map_err(|error| self.error(error.into()))
    }

    fn entry(&self, name: &str) -> Option<Entry> {
        self.file.entries.iter().find(|entry| entry.name.is(self.file.header(), name)).copied()
    }

    fn find(&self, name: &str, element: ElementType, expected: Option<usize>) -> Result<Entry, CheckpointError> {
        let Some(entry) = self.entry(name) else { return Err(self.error(CheckpointErrorKind::Missing { name: name.to_owned() })) };
        let found_length = length(&entry);
        if entry.element != element || expected.is_some_and(|expected| expected != found_length) {
            return Err(self.error(CheckpointErrorKind::Mismatch {
                name: name.to_owned(),
                expected: element.name(),
                expected_length: expected.unwrap_or(found_length) as u64,
                found: entry.element.name(),
                found_length: found_length as u64,
            }));
        }
        Ok(entry)
    }

    fn error(&self, kind: CheckpointErrorKind) -> CheckpointError {
        CheckpointError { path: self.path.clone(), kind }
    }
}

/// How many elements: no more than the file has bytes, which was checked when it was opened.
fn length(entry: &Entry) -> usize {
    usize::try_from(u128::from(entry.end - entry.begin) * 8 / u128::from(entry.element.bits())).unwrap_or(usize::MAX)
}
