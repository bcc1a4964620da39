//! Weight files of models in eight bits.

use std::borrow::{Cow, ToOwned};
use std::boxed::Box;
use std::format;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use safetensors::Dtype;
use safetensors::tensor::View;

use super::Int8Model;
use crate::weights::{ElementType, PartInfo, SaveError, Tag, TensorInfo, Tensors, atomic, serialize};
use crate::{embed, flat};

/// Why a model in eight bits was not loaded.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Int8LoadError {
    /// The file could not be read.
    #[error("cannot read `{}`: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// It is not a safetensors file, or not one of this model: the message lists all that is wrong.
    #[error("{0}")]
    Mismatch(String),
    /// A scale is not a number.
    #[error("`{tensor}` has values that are not finite")]
    NotFinite {
        /// The name of the tensor.
        tensor: String,
    },
}

/// Saves a model in eight bits as [`weights::save`](crate::weights::save) does one in `f32`: tensors of types `I8`, `U8`, `I32` and `F32`, named by path.
///
/// A kernel `[inputs, units]` has its bytes in the order of [`kernel::int8::position`](crate::kernel::int8::position).
///
/// # Errors
///
/// [`SaveError::Write`].
pub fn save<Q: Int8Model>(model: &Q, path: impl AsRef<Path>) -> Result<(), SaveError> {
    let path = path.as_ref();
    atomic::write(path, &to_bytes(model)?).map_err(|source| SaveError::Write { path: path.to_owned(), source })
}

/// The bytes of the file that [`save`] writes.
///
/// # Errors
///
/// [`SaveError::Format`].
pub fn to_bytes<Q: Int8Model>(model: &Q) -> Result<Vec<u8>, SaveError> {
    let tensors = tensors(model).map(|(name, info, bytes)| (name, Tensor { info, bytes })).collect();
    serialize(tensors, Tag::line::<Q>()).map_err(|error| SaveError::Format(Box::new(error)))
}

/// Loads a model in eight bits onto the heap.
///
/// # Errors
///
/// See [`Int8LoadError`].
pub fn load<Q: Int8Model>(path: impl AsRef<Path>) -> Result<Box<Q>, Int8LoadError> {
    let path = path.as_ref();
    let mut file = Vec::new();
    let read = atomic::open(path).and_then(|mut opened| opened.read_to_end(&mut file));
    read.map_err(|source| Int8LoadError::Read { path: path.to_owned(), source })?;
    let mut model = flat::zeroed_box::<Q>();
    embed::load(&mut *model, &file, &path.to_string_lossy()).map_err(Int8LoadError::Mismatch)?;
    let is_broken = |info: &TensorInfo, bytes: &[u8]| {
        info.element == ElementType::F32 && bytes.as_chunks().0.iter().any(|&number| !f32::from_le_bytes(number).is_finite())
    };
    let broken = tensors(&*model).find(|(_, info, bytes)| is_broken(info, bytes));
    match broken {
        Some((tensor, ..)) => Err(Int8LoadError::NotFinite { tensor }),
        None => Ok(model),
    }
}

/// The name, description and bytes of every tensor.
fn tensors<Q: Int8Model>(model: &Q) -> impl Iterator<Item = (String, &'static TensorInfo, Vec<u8>)> {
    let parts: &[PartInfo] = match Q::TENSORS {
        Tensors::Parts(parts) => parts,
        Tensors::Parameters { .. } => &[],
    };
    parts.iter().enumerate().flat_map(move |(number, part)| {
        part.tensors.iter().enumerate().map(move |(tensor, info)| {
            let mut bytes = Vec::new();
            if let Some(part) = model.part(number) {
                part.append(tensor, &mut bytes);
            }
            (format!("{}{}", part.path, info.name), info, bytes)
        })
    })
}

struct Tensor {
    info: &'static TensorInfo,
    bytes: Vec<u8>,
}

impl View for Tensor {
    fn dtype(&self) -> Dtype {
        match self.info.element {
            ElementType::I8 => Dtype::I8,
            ElementType::I32 => Dtype::I32,
            ElementType::U32 => Dtype::U32,
            ElementType::F32 => Dtype::F32,
            _ => Dtype::U8,
        }
    }
    fn shape(&self) -> &[usize] {
        self.info.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }
    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}
