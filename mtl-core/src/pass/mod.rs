//! Passes of a model over a batch: tiles of samples, stage by stage.
//!
//! A tile is a fixed number of samples, one column a sample, so that shapes are static and activations stay in the
//! cache while the batch size is free. Without batch normalisation a tile goes forward and backward before the next
//! one is loaded. With it, all tiles go forward to where statistics of the whole batch are needed, and so on.

mod backward;
mod batch;
mod error;
mod forward;
mod gradient;
mod predict;
mod tile;
mod work;

pub use batch::Batch;
#[cfg(feature = "std")]
pub(crate) use batch::{means, scales};
pub use error::PassError;
pub use gradient::{backward_heads, value, value_and_gradient, value_and_weighted_gradient};
pub(crate) use predict::predict_row;
#[cfg(feature = "std")]
pub(crate) use predict::{append_outputs, evaluate_with, predict_tile};
pub use predict::{check_lengths, evaluate, outputs, predict, predict_batch};
pub use tile::{TILE, Tile, tiles_needed};
pub use work::{Memory, Work};
