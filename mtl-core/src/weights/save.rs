//! Saving weights.

use std::borrow::{Cow, ToOwned};
use std::boxed::Box;
use std::io;
use std::iter;
use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use safetensors::Dtype;
use safetensors::tensor::View;

use super::file::element_of;
use super::tag::Tag;
use super::{ElementType, atomic};
use crate::kernel::scalar::Scalar;
use crate::model::Model;

/// Why weights were not saved.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum SaveError {
    /// The file could not be written; what was there before still is.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What happened.
        source: io::Error,
    },
    /// Weights that are not finite are of no use, and would replace some that were.
    #[error("`{tensor}` has {count} values that are not finite")]
    NotFinite {
        /// The path of the tensor.
        tensor: &'static str,
        /// How many values.
        count: usize,
    },
    /// The format cannot hold it.
    #[error("the model does not fit into a safetensors file: {0}")]
    Format(#[source] Box<dyn core::error::Error + Send + Sync>),
}

/// Saves a model's weights: a new file beside `path` is written, brought to the disk and renamed, so that a crash leaves the old file or the new one.
///
/// ```text
/// body.dense1.kernel  F32 [5, 64]
/// body.dense1.bias    F32 [64]
/// ```
///
/// The same weights give the same bytes.
///
/// # Errors
///
/// [`SaveError::NotFinite`] where the model has diverged, [`SaveError::Write`].
pub fn save<M: Model>(model: &M, path: impl AsRef<Path>) -> Result<(), SaveError> {
    let path = path.as_ref();
    atomic::write(path, &to_bytes(model)?).map_err(|source| SaveError::Write { path: path.to_owned(), source })
}

/// The bytes of the file that [`save`] writes.
///
/// # Errors
///
/// [`SaveError::NotFinite`] where the model has diverged.
pub fn to_bytes<M: Model>(model: &M) -> Result<Vec<u8>, SaveError> {
    let scalars = model.as_slice();
    let mut tensors = Vec::with_capacity(M::PARAMETERS.len());
    for parameter in M::PARAMETERS {
        let values = &scalars[parameter.offset..parameter.offset + parameter.len];
        let count = values.iter().filter(|value| !value.is_finite()).count();
        if count > 0 {
            return Err(SaveError::NotFinite { tensor: parameter.path, count });
        }
        tensors.push((parameter.path, Tensor { dtype: dtype::<M::Scalar>(), shape: parameter.shape, values: Reals(values) }));
    }
    serialize(tensors, Tag::line::<M>()).map_err(|error| SaveError::Format(Box::new(error)))
}

/// A file of these tensors with one line of metadata.
pub(crate) fn serialize<N: AsRef<str> + Ord + core::fmt::Display, V: View>(
    tensors: Vec<(N, V)>,
    tag: String,
) -> Result<Vec<u8>, safetensors::SafeTensorError> {
    safetensors::serialize(tensors, Some(iter::once((String::from("mtl"), tag)).collect()))
}

/// The crate's name for the type that holds a scalar exactly.
pub(super) fn dtype<T: Scalar>() -> Dtype {
    if element_of::<T>() == ElementType::F32 { Dtype::F32 } else { Dtype::F64 }
}

/// Numbers as the format stores them.
pub(super) trait LittleEndian {
    fn bytes(&self) -> Vec<u8>;
    fn byte_count(&self) -> usize;
}

/// Scalars; the conversions through `f64` are exact.
pub(super) struct Reals<'a, T>(pub(super) &'a [T]);

impl<T: Scalar> LittleEndian for Reals<'_, T> {
    #[allow(clippy::cast_possible_truncation, reason = "it was an `f32` before")]
    fn bytes(&self) -> Vec<u8> {
        if element_of::<T>() == ElementType::F32 {
            self.0.iter().flat_map(|value| (value.to_f64() as f32).to_le_bytes()).collect()
        } else {
            self.0.iter().flat_map(|value| value.to_f64().to_le_bytes()).collect()
        }
    }
    fn byte_count(&self) -> usize {
        size_of_val(self.0)
    }
}

/// One tensor to be written.
pub(super) struct Tensor<'a, V> {
    pub(super) dtype: Dtype,
    pub(super) shape: &'a [usize],
    pub(super) values: V,
}

impl<V: LittleEndian> View for Tensor<'_, V> {
    fn dtype(&self) -> Dtype {
        self.dtype
    }
    fn shape(&self) -> &[usize] {
        self.shape
    }
    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Owned(self.values.bytes())
    }
    fn data_len(&self) -> usize {
        self.values.byte_count()
    }
}
