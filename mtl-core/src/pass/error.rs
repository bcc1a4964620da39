//! Batches that a pass cannot take.

use crate::model::InputError;
use crate::model::record::TargetError;

/// A batch that a pass cannot take.
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PassError {
    /// No samples.
    #[error("the batch is empty")]
    EmptyBatch,
    /// The whole batch is needed at once, for batch normalisation or for weights that depend on its losses.
    #[error("the whole batch is taken at once: {needed} tiles are needed, there are {available}")]
    TooFewTiles {
        /// How many it takes.
        needed: usize,
        /// How many there are.
        available: usize,
    },
    /// An input that no data set takes.
    #[error("sample {sample}: {error}")]
    Input {
        /// The number of the sample in the batch.
        sample: usize,
        /// What is wrong.
        error: InputError,
    },
    /// A target that the loss of its head is not defined for.
    #[error("sample {sample}: head `{head}`: {problem}")]
    Target {
        /// The number of the sample in the batch.
        sample: usize,
        /// The name of the head.
        head: &'static str,
        /// What is wrong.
        problem: TargetError,
    },
    /// Not as many gradients as sets of heads.
    #[error("there are {sets} sets of heads and {gradients} gradients: each set needs one")]
    Gradients {
        /// Sets of heads.
        sets: usize,
        /// Gradients.
        gradients: usize,
    },
    /// Not as many outputs as inputs. Nothing was predicted.
    #[error("{inputs} rows of inputs cannot be predicted into {outputs} of outputs")]
    Lengths {
        /// Rows of inputs.
        inputs: usize,
        /// Places for outputs.
        outputs: usize,
    },
}
