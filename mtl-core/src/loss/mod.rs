//! Losses: value and gradient of one sample, and the pass over a tile.
//!
//! Each reports what Keras reports. Cross-entropies take logits: softmax or sigmoid and the logarithm are one step,
//! finite for every finite logit.

mod arithmetic;
mod binary_cross_entropy;
mod binary_focal;
mod categorical_cross_entropy;
mod categorical_focal;
mod domain;
mod elementwise;
mod hinge;
mod huber;
mod kl_divergence;
mod log_cosh;
mod mae;
mod mse;
mod msle;
mod poisson;
mod quantile;
mod sample;
mod squared_hinge;
mod target;
mod tiles;

#[cfg(test)]
mod tests;

pub use binary_cross_entropy::BinaryCrossEntropy;
pub use binary_focal::BinaryFocal;
pub use categorical_cross_entropy::CategoricalCrossEntropy;
pub use categorical_focal::CategoricalFocal;
pub use elementwise::ElementWise;
pub use hinge::Hinge;
pub use huber::Huber;
pub use kl_divergence::KlDivergence;
pub use log_cosh::LogCosh;
pub use mae::Mae;
pub use mse::Mse;
pub use msle::Msle;
pub use poisson::Poisson;
pub use quantile::Quantile;
pub use sample::Loss;
pub use squared_hinge::SquaredHinge;
pub use target::Target;
pub use tiles::tile;

pub use crate::model::record::{Class, FieldKind, TargetError, TargetRow, check_finite};
