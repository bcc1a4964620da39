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
mod standardized;
mod target;
mod tiles;

#[cfg(test)]
mod tests;

crate::every::every! {
    binary_cross_entropy::BinaryCrossEntropy,
    binary_focal::BinaryFocal,
    categorical_cross_entropy::CategoricalCrossEntropy,
    categorical_focal::CategoricalFocal,
    hinge::Hinge,
    huber::Huber,
    kl_divergence::KlDivergence,
    log_cosh::LogCosh,
    mae::Mae,
    mse::Mse,
    msle::Msle,
    poisson::Poisson,
    quantile::Quantile,
    squared_hinge::SquaredHinge,
}

pub use elementwise::ElementWise;
pub use sample::Loss;
pub use standardized::Standardized;
pub use target::Target;
pub use tiles::tile;

pub use crate::model::record::{Class, FieldKind, TargetError, TargetRow, check_finite};
