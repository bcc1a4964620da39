//! Loading weights.

use core::fmt::{self, Display};
use std::borrow::{Cow, ToOwned};
use std::boxed::Box;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec;
use std::vec::Vec;

use super::file::{ReadError, TensorFile, element_of};
use super::header::{ElementType, Entry, HeaderError};
use super::{FORMAT, Tag, atomic, fingerprint, names, schema};
use crate::flat::zeroed_box;
use crate::kernel::scalar::Scalar;
use crate::model::{Model, ParameterInfo};

/// How many tensors of a file that the model does not have are listed by name; more are counted.
const LISTED_SURPLUS: usize = 100;

/// Why weights were not loaded; the model is as it was.
pub struct LoadError {
    /// The file, if it was one.
    pub path: Option<PathBuf>,
    /// What is wrong.
    pub kind: LoadErrorKind,
}

impl Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => write!(f, "`{}` {}", path.display(), self.kind),
            None => write!(f, "the file {}", self.kind),
        }
    }
}

impl core::error::Error for LoadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        // The message above holds all that the others say.
        match &self.kind {
            LoadErrorKind::Read(source) => Some(source),
            LoadErrorKind::NotSafetensors(_) | LoadErrorKind::Duplicate { .. } | LoadErrorKind::Mismatch { .. } => None,
        }
    }
}

/// What is wrong with a weight file.
#[non_exhaustive]
pub enum LoadErrorKind {
    /// It cannot be read.
    Read(io::Error),
    /// It is not a safetensors file.
    NotSafetensors(HeaderError),
    /// Several of its tensors have one name.
    Duplicate {
        /// The name.
        name: String,
    },
    /// It holds other weights than the model's: everything that is wrong.
    Mismatch {
        /// The name of the model.
        model: &'static str,
        /// What is wrong, in the order of the model's tensors, then of the file's.
        problems: Vec<Problem>,
        /// How many more tensors the file has that the model has not.
        unlisted: usize,
    },
}

impl Display for LoadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "cannot be read: {error}"),
            Self::NotSafetensors(error) => write!(f, "is not a safetensors file: {error}"),
            Self::Duplicate { name } => write!(f, "has two tensors called `{name}`"),
            Self::Mismatch { model, problems, unlisted } => {
                write!(f, "does not fit the model `{model}`")?;
                for problem in problems {
                    write!(f, "\n  {problem}")?;
                }
                if *unlisted > 0 {
                    write!(f, "\n  {unlisted} more tensors are not of the model")?;
                }
                Ok(())
            }
        }
    }
}

impl From<ReadError> for LoadErrorKind {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Io(error) => Self::Read(error),
            ReadError::Header(error) => Self::NotSafetensors(error),
            ReadError::Duplicate(name) => Self::Duplicate { name },
        }
    }
}

impl From<io::Error> for LoadErrorKind {
    fn from(error: io::Error) -> Self {
        Self::Read(error)
    }
}

/// One thing that is wrong between a model and a file.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The model has a tensor that the file has not.
    #[error("`{path}` {shape:?} is missing")]
    Missing {
        /// Its path.
        path: &'static str,
        /// Its shape in the model.
        shape: &'static [usize],
    },
    /// A tensor has another shape.
    #[error("`{path}`: the model has {expected:?}, the file {found:?}{}", PytorchName(name, path))]
    Shape {
        /// Its path.
        path: &'static str,
        /// What the file calls it: the path, or PyTorch's name for it.
        name: String,
        /// What its shape should be under that name.
        expected: Vec<usize>,
        /// Its shape in the file.
        found: Vec<u64>,
    },
    /// A tensor has another type.
    #[error("`{path}`: the model has {expected}, the file {found}{}", RoundingHelp(expected, found))]
    Type {
        /// Its path.
        path: &'static str,
        /// The model's scalar.
        expected: &'static str,
        /// Its type in the file.
        found: &'static str,
    },
    /// A tensor has values that are infinite or not a number.
    #[error("`{path}` has {count} values that are not finite")]
    NotFinite {
        /// Its path.
        path: &'static str,
        /// How many values.
        count: usize,
    },
    /// The file has a tensor that the model has not.
    #[error("`{name}` {shape:?} is not of the model")]
    Surplus {
        /// Its name.
        name: String,
        /// Its shape.
        shape: Vec<u64>,
    },
    /// The file was saved from a model of another architecture.
    #[error("it was saved from {}another architecture: fingerprint {found:016x}, the model's is {expected:016x}", SavedFrom(saved_from))]
    Architecture {
        /// The model's [`fingerprint`].
        expected: u64,
        /// The fingerprint in the file.
        found: u64,
        /// The name of the model that it was saved from.
        saved_from: Option<String>,
    },
    /// An input or a head has other columns or categories, or stands in one of both alone.
    #[error("{difference}")]
    Schema {
        /// What differs, by name: ``input `region`: the file has the category `West` where the model has `East` ``.
        difference: String,
    },
    /// The file was written by a later version of this library.
    #[error("it has format {found}, which is later than {FORMAT}")]
    Format {
        /// The version in the file.
        found: u64,
    },
}

struct PytorchName<'a>(&'a str, &'a str);

impl Display for PytorchName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == self.1 { Ok(()) } else { write!(f, ", as `{}`", self.0) }
    }
}

struct RoundingHelp<'a>(&'a str, &'a str);

impl Display for RoundingHelp<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if (self.0, self.1) == ("F32", "F64") { f.write_str(" (`LoadOptions::round_to_f32` rounds)") } else { Ok(()) }
    }
}

struct SavedFrom<'a>(&'a Option<String>);

impl Display for SavedFrom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(name) => write!(f, "`{name}`, "),
            None => Ok(()),
        }
    }
}

/// What [`load_matching`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MatchReport {
    /// The blocks that were loaded, in the order of the model.
    pub loaded: Vec<&'static str>,
    /// The blocks that were left as they were.
    pub kept: Vec<KeptBlock>,
    /// The first 100 tensors of the file that the model has not, as [`Problem::Surplus`].
    pub surplus: Vec<Problem>,
    /// How many more there are.
    pub unlisted: usize,
}

/// A block that was not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptBlock {
    /// Its name.
    pub block: &'static str,
    /// What is wrong with its tensors in the file.
    pub problems: Vec<Problem>,
}

impl Display for MatchReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "loaded:")?;
        for (number, block) in self.loaded.iter().enumerate() {
            write!(f, "{} `{block}`", if number > 0 { "," } else { "" })?;
        }
        if self.loaded.is_empty() {
            write!(f, " nothing")?;
        }
        for kept in &self.kept {
            write!(f, "\nkept `{}`:", kept.block)?;
            for problem in &kept.problems {
                write!(f, "\n  {problem}")?;
            }
        }
        if !self.surplus.is_empty() {
            write!(f, "\nnot used:")?;
            for problem in &self.surplus {
                write!(f, "\n  {problem}")?;
            }
        }
        if self.unlisted > 0 {
            write!(f, "\n  {} more tensors are not of the model", self.unlisted)?;
        }
        Ok(())
    }
}

/// What to accept of a weight file, beyond what fits exactly.
///
/// `F32` in a file for a model of `f64` is always accepted: no value changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LoadOptions {
    round_to_f32: bool,
    allow_not_finite: bool,
}

impl LoadOptions {
    /// Nothing that loses precision, and no value that is infinite or not a number.
    #[must_use]
    pub const fn new() -> Self {
        Self { round_to_f32: false, allow_not_finite: false }
    }

    /// Whether `F64` in the file is rounded for a model of `f32`.
    #[must_use]
    pub const fn round_to_f32(mut self, round: bool) -> Self {
        self.round_to_f32 = round;
        self
    }

    /// Whether weights may be infinite or not a number.
    #[must_use]
    pub const fn allow_not_finite(mut self, allow: bool) -> Self {
        self.allow_not_finite = allow;
        self
    }

    /// Loads a model straight onto the heap.
    ///
    /// # Errors
    ///
    /// See [`LoadErrorKind`]: all that is missing, surplus, of another shape or of another type is reported at once.
    pub fn load<M: Model>(self, path: impl AsRef<Path>) -> Result<Box<M>, LoadError> {
        with_path(path.as_ref(), |file| self.read_kind(file))
    }

    /// Loads weights into a model. After an error it is as it was.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn load_into<M: Model>(self, model: &mut M, path: impl AsRef<Path>) -> Result<(), LoadError> {
        let loaded = self.load::<M>(path)?;
        model.as_mut_slice().copy_from_slice(loaded.as_slice());
        Ok(())
    }

    /// Loads the blocks of a model whose tensors are all in the file with their shapes, and reports on the rest.
    ///
    /// The file may be of another model.
    ///
    /// # Errors
    ///
    /// [`LoadErrorKind::Read`], [`LoadErrorKind::NotSafetensors`], [`LoadErrorKind::Duplicate`], and [`Problem::Format`] alone as a mismatch.
    pub fn load_matching<M: Model>(self, model: &mut M, path: impl AsRef<Path>) -> Result<MatchReport, LoadError> {
        with_path(path.as_ref(), |file| self.read_matching_kind(model, file))
    }

    /// As [`load`](Self::load), from anything that can be read: `std::io::Cursor::new(bytes)`.
    ///
    /// # Errors
    ///
    /// As [`load`](Self::load).
    pub fn read<M: Model>(self, reader: impl Read + Seek) -> Result<Box<M>, LoadError> {
        self.read_kind(reader).map_err(|kind| LoadError { path: None, kind })
    }

    /// As [`load_matching`](Self::load_matching), from anything that can be read.
    ///
    /// # Errors
    ///
    /// As [`load_matching`](Self::load_matching).
    pub fn read_matching<M: Model>(self, model: &mut M, reader: impl Read + Seek) -> Result<MatchReport, LoadError> {
        self.read_matching_kind(model, reader).map_err(|kind| LoadError { path: None, kind })
    }

    fn read_kind<M: Model>(self, reader: impl Read + Seek) -> Result<Box<M>, LoadErrorKind> {
        let mut file = TensorFile::open(reader)?;
        let plan = Plan::new::<M>(&file, self);
        let mut problems: Vec<Problem> = later_format(&file).into_iter().chain(other_architecture::<M>(&file.tag())).collect();
        problems.extend(plan.sources.iter().filter_map(|source| source.as_ref().err()).cloned());
        problems.extend(plan.surplus);
        if !problems.is_empty() {
            return Err(LoadErrorKind::Mismatch { model: M::NAME, problems, unlisted: plan.unlisted });
        }
        // All tensors are in the file with their sizes: this is no more than the file has, or twice as much where `F32` becomes `f64`.
        let mut model = zeroed_box::<M>();
        for (parameter, source) in M::PARAMETERS.iter().zip(plan.sources.into_iter().flatten()) {
            problems.extend(self.read_tensor(&mut file, &source, parameter, &mut *model)?);
        }
        if problems.is_empty() { Ok(model) } else { Err(LoadErrorKind::Mismatch { model: M::NAME, problems, unlisted: 0 }) }
    }

    fn read_matching_kind<M: Model>(self, model: &mut M, reader: impl Read + Seek) -> Result<MatchReport, LoadErrorKind> {
        let mut file = TensorFile::open(reader)?;
        if let Some(problem) = later_format(&file) {
            return Err(LoadErrorKind::Mismatch { model: M::NAME, problems: vec![problem], unlisted: 0 });
        }
        let plan = Plan::new::<M>(&file, self);
        let mut report = MatchReport { surplus: plan.surplus, unlisted: plan.unlisted, ..MatchReport::default() };
        let mut blocks: Vec<(&'static str, Vec<Problem>)> = Vec::new();
        let mut staged = zeroed_box::<M>();
        for (parameter, source) in M::PARAMETERS.iter().zip(&plan.sources) {
            let problem = match source {
                Ok(source) => self.read_tensor(&mut file, source, parameter, &mut *staged)?,
                Err(problem) => Some(problem.clone()),
            };
            let block = blocks.iter().position(|(block, _)| *block == parameter.block).unwrap_or_else(|| {
                blocks.push((parameter.block, Vec::new()));
                blocks.len() - 1
            });
            blocks[block].1.extend(problem);
        }
        // Only now, when nothing can fail any more, is the model touched.
        for (block, problems) in blocks {
            if problems.is_empty() {
                for parameter in M::PARAMETERS.iter().filter(|parameter| parameter.block == block) {
                    let range = parameter.offset..parameter.offset + parameter.len;
                    model.as_mut_slice()[range.clone()].copy_from_slice(&staged.as_slice()[range]);
                }
                report.loaded.push(block);
            } else {
                report.kept.push(KeptBlock { block, problems });
            }
        }
        Ok(report)
    }

    /// Reads one tensor to its place; says so if not all of it is finite.
    fn read_tensor<M: Model, R: Read + Seek>(
        self,
        file: &mut TensorFile<R>,
        source: &Source,
        parameter: &ParameterInfo,
        model: &mut M,
    ) -> io::Result<Option<Problem>> {
        let values = &mut model.as_mut_slice()[parameter.offset..parameter.offset + parameter.len];
        let mut not_finite = 0;
        let mut number = 0;
        file.read_reals(&source.entry, |value| {
            let value = M::Scalar::from_f64(value);
            not_finite += usize::from(!value.is_finite());
            let place = if source.transposed { transposed_place(parameter.shape, number) } else { number };
            values[place] = value;
            number += 1;
        })?;
        let refused = not_finite > 0 && !self.allow_not_finite;
        Ok(refused.then_some(Problem::NotFinite { path: parameter.path, count: not_finite }))
    }
}

/// Loads a model straight onto the heap, with [`LoadOptions::new`].
///
/// # Errors
///
/// See [`LoadOptions::load`].
pub fn load<M: Model>(path: impl AsRef<Path>) -> Result<Box<M>, LoadError> {
    LoadOptions::new().load(path)
}

/// Loads weights into a model, with [`LoadOptions::new`]. After an error it is as it was.
///
/// # Errors
///
/// See [`LoadOptions::load_into`].
pub fn load_into<M: Model>(model: &mut M, path: impl AsRef<Path>) -> Result<(), LoadError> {
    LoadOptions::new().load_into(model, path)
}

/// Loads the blocks of a model that are in the file, for transfer, with [`LoadOptions::new`].
///
/// # Errors
///
/// See [`LoadOptions::load_matching`].
pub fn load_matching<M: Model>(model: &mut M, path: impl AsRef<Path>) -> Result<MatchReport, LoadError> {
    LoadOptions::new().load_matching(model, path)
}

fn with_path<V>(path: &Path, read: impl FnOnce(File) -> Result<V, LoadErrorKind>) -> Result<V, LoadError> {
    atomic::open(path).map_err(LoadErrorKind::Read).and_then(read).map_err(|kind| LoadError { path: Some(path.to_owned()), kind })
}

fn later_format(file: &TensorFile<impl Read + Seek>) -> Option<Problem> {
    file.tag().format.filter(|&format| format > FORMAT).map(|found| Problem::Format { found })
}

/// Another fingerprint, and in what the schemas differ.
fn other_architecture<M: Model>(tag: &Tag<'_>) -> Vec<Problem> {
    let expected = fingerprint::<M>();
    let Some(found) = tag.fingerprint.filter(|&found| found != expected) else { return Vec::new() };
    let saved_from = tag.model.map(|name| String::from_utf8_lossy(name).into_owned());
    let mut problems = vec![Problem::Architecture { expected, found, saved_from }];
    problems.extend(schema_differences::<M>(tag).into_iter().map(|difference| Problem::Schema { difference }));
    problems
}

/// What differs of inputs and heads between a file and a model, by name.
pub(super) fn schema_differences<M: Model>(tag: &Tag<'_>) -> Vec<String> {
    let mut message = schema::Message::new();
    if let Some(schema) = tag.schema {
        schema::compare_text::<M>(&mut message, schema);
    }
    message.as_str().split("\n  ").skip(1).map(ToOwned::to_owned).collect()
}

/// Where element `number` of PyTorch's `[out, in, ..]` stands in a kernel of this shape, `[.., in, out]`.
fn transposed_place(shape: &[usize], number: usize) -> usize {
    let [inner @ .., inputs, outputs] = shape else { return number };
    let inner: usize = inner.iter().product();
    let (rest, position) = (number / inner, number % inner);
    (position * inputs + rest % inputs) * outputs + rest / inputs
}

/// The tensor of a file that a parameter is read from.
struct Source {
    entry: Entry,
    /// Its axes are PyTorch's.
    transposed: bool,
}

/// Which tensor each parameter is read from, and what is wrong.
struct Plan {
    /// In the order of the model's parameters.
    sources: Vec<Result<Source, Problem>>,
    surplus: Vec<Problem>,
    unlisted: usize,
}

/// A name under which a parameter may be found.
struct Candidate {
    name: Cow<'static, str>,
    parameter: usize,
    pytorch: bool,
}

impl Plan {
    fn new<M: Model>(file: &TensorFile<impl Read + Seek>, options: LoadOptions) -> Self {
        let header = file.header();
        let candidates = candidates::<M>();
        // For each parameter the tensor under its own path, and the one under PyTorch's name.
        let mut found = vec![(None, None); M::PARAMETERS.len()];
        for (index, entry) in file.entries.iter().enumerate() {
            let name = entry.name.decode(header);
            if let Ok(candidate) = candidates.binary_search_by(|candidate| (*candidate.name).cmp(&name)) {
                let candidate = &candidates[candidate];
                let (own, pytorch) = &mut found[candidate.parameter];
                let place = if candidate.pytorch { pytorch } else { own };
                place.get_or_insert(index);
            }
        }
        let chosen: Vec<Option<usize>> = found.iter().map(|&(own, pytorch)| own.or(pytorch)).collect();
        let sources = M::PARAMETERS
            .iter()
            .zip(&chosen)
            .zip(&found)
            .map(|((parameter, chosen), (own, _))| match chosen {
                Some(index) => source::<M>(parameter, &file.entries[*index], own.is_none(), header, options),
                None => Err(Problem::Missing { path: parameter.path, shape: parameter.shape }),
            })
            .collect();

        let mut used: Vec<usize> = chosen.into_iter().flatten().collect();
        used.sort_unstable();
        let mut plan = Self { sources, surplus: Vec::new(), unlisted: 0 };
        for (_, entry) in file.entries.iter().enumerate().filter(|(index, _)| used.binary_search(index).is_err()) {
            let name = entry.name.decode(header);
            if is_batch_counter(&name, entry, &candidates) {
                continue;
            }
            if plan.surplus.len() < LISTED_SURPLUS {
                plan.surplus.push(Problem::Surplus { name: name.into_owned(), shape: shape(entry, header) });
            } else {
                plan.unlisted += 1;
            }
        }
        plan
    }
}

/// Every name that means a parameter, in order; PyTorch's only where they mean one.
fn candidates<M: Model>() -> Vec<Candidate> {
    let mut candidates = Vec::with_capacity(2 * M::PARAMETERS.len());
    for (parameter, info) in M::PARAMETERS.iter().enumerate() {
        candidates.push(Candidate { name: Cow::Borrowed(info.path), parameter, pytorch: false });
        let (layer, leaf) = names::split_path(info.path);
        if let Some(pytorch) = names::pytorch(leaf) {
            candidates.push(Candidate { name: Cow::Owned(std::format!("{layer}{pytorch}")), parameter, pytorch: true });
        }
    }
    candidates.sort_by(|a, b| (&a.name, a.pytorch).cmp(&(&b.name, b.pytorch)));
    let mut clear = Vec::with_capacity(candidates.len());
    let mut rest = candidates.into_iter().peekable();
    while let Some(candidate) = rest.next() {
        let mut alone = true;
        while rest.next_if(|next| next.name == candidate.name).is_some() {
            alone = false;
        }
        if alone || !candidate.pytorch {
            clear.push(candidate);
        }
    }
    clear
}

/// PyTorch's count of the batches that a batch normalisation has seen, which nothing is computed from.
fn is_batch_counter(name: &str, entry: &Entry, candidates: &[Candidate]) -> bool {
    let (layer, leaf) = names::split_path(name);
    leaf == "num_batches_tracked"
        && entry.element == ElementType::I64
        && candidates.iter().any(|candidate| candidate.pytorch && candidate.name.strip_prefix(layer) == Some("running_mean"))
}

fn shape(entry: &Entry, header: &[u8]) -> Vec<u64> {
    entry.shape(header)[..usize::from(entry.rank)].to_vec()
}

fn source<M: Model>(parameter: &ParameterInfo, entry: &Entry, pytorch: bool, header: &[u8], options: LoadOptions) -> Result<Source, Problem> {
    let (_, leaf) = names::split_path(parameter.path);
    let transposed = pytorch && names::is_transposed(leaf, parameter.shape.len());
    let expected: Vec<usize> = if transposed {
        (0..parameter.shape.len()).map(|dimension| names::transposed_dimension(parameter.shape, dimension)).collect()
    } else {
        parameter.shape.to_vec()
    };
    if !entry.has_shape(header, &expected) {
        let (name, found) = (entry.name.decode(header).into_owned(), shape(entry, header));
        return Err(Problem::Shape { path: parameter.path, name, expected, found });
    }
    let model_element = element_of::<M::Scalar>();
    let fits = match entry.element {
        ElementType::F32 => true,
        ElementType::F64 => model_element == ElementType::F64 || options.round_to_f32,
        _ => false,
    };
    if !fits {
        return Err(Problem::Type { path: parameter.path, expected: model_element.name(), found: entry.element.name() });
    }
    Ok(Source { entry: *entry, transposed })
}
