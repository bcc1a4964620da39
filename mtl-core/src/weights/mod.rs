//! Weight files: saving, loading and what [`embed!`](crate::embed!) shares with them.
//!
//! Weights are kept in the safetensors format. A tensor is named by its path, `body.dense1.kernel`, and laid out as Keras has it: a
//! kernel is `[inputs, units]`. A line of metadata names the model, the [`fingerprint`] of its architecture, and its
//! schema: inputs and heads with their columns and categories. Where a fingerprint is another one, the schemas say what differs, by name.
//!
//! Files are written beside their place and renamed; symbolic links are followed, and what is no regular file is neither read nor replaced.
//!
//! Where a file has PyTorch's name instead under the same path, it is taken: `weight` for `kernel` (transposed from
//! `[units, inputs]`), for `gamma` and for `embeddings`, `bias` for `beta`, `running_mean` and `running_var` for `moving_mean` and
//! `moving_variance`; `num_batches_tracked` is passed over. The scripts in `recipes/` write such files from Keras and from PyTorch.

pub mod header;
pub(crate) mod names;
pub(crate) mod schema;
mod stored;
mod tag;

#[cfg(feature = "std")]
pub(crate) mod atomic;
#[cfg(feature = "std")]
pub mod checkpoint;
#[cfg(feature = "std")]
mod file;
#[cfg(feature = "std")]
mod load;
#[cfg(feature = "std")]
mod save;

pub use header::{ElementType, HeaderError};
pub use stored::{PartInfo, Stored, StoredTensor, TensorInfo, Tensors};
pub use tag::{FORMAT, Tag, fingerprint};

#[cfg(feature = "std")]
pub(crate) use file::duplicate;
#[cfg(feature = "std")]
pub use load::{KeptBlock, LoadError, LoadErrorKind, LoadOptions, MatchReport, Problem, load, load_into, load_matching};
#[cfg(feature = "std")]
pub(crate) use save::serialize;
#[cfg(feature = "std")]
pub use save::{SaveError, save, to_bytes};
