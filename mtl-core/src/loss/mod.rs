//! Losses: value and gradient of one sample, and the pass over a tile.
//!
//! Each reports what Keras reports. Cross-entropies take logits: softmax or sigmoid and the logarithm are one step,
//! finite for every finite logit.

mod mse;

pub use mse::Mse;

use nalgebra::SVector;

use crate::{Scalar, Zeroable};

/// What a target column holds for one sample, and what the user writes for it.
pub trait Target: Zeroable + Copy + 'static {
    /// The field's type in the `…Targets` struct: `SVector<T, N>`, or `usize` for a class index.
    type Row;
    /// How the data set stores it.
    const KIND: FieldKind;
}

impl<T: Scalar, const N: usize> Target for [T; N] {
    type Row = SVector<T, N>;
    const KIND: FieldKind = FieldKind::Real { width: N };
}

/// The index of a class out of `N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class<const N: usize> {
    /// The index, below `N`.
    pub index: u32,
}

crate::zeroable!([const N: usize] Class<N> as Class { index: u32 });

impl<const N: usize> Target for Class<N> {
    type Row = usize;
    const KIND: FieldKind = FieldKind::Class { classes: N };
}

/// How a data set stores an input or a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Real numbers.
    Real {
        /// How many.
        width: usize,
    },
    /// A whole number below `classes`.
    Class {
        /// How many there are.
        classes: usize,
    },
}

/// A target that its loss cannot take.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// NaN or infinite.
    #[error("{value} is not finite")]
    NotFinite {
        /// The value.
        value: f64,
    },
    /// Not a value that the loss is defined for.
    #[error("{value} is not {expected}")]
    OutOfRange {
        /// The value.
        value: f64,
        /// What the loss takes, in words: `in [0, 1]`.
        expected: &'static str,
    },
    /// A class index that is too large.
    #[error("class {class} is out of range: there are {classes} classes, 0 to {}", classes - 1)]
    ClassOutOfRange {
        /// The index.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
}

/// The loss of one sample.
///
/// Implement it on a small constant type and write its path in a head: `loss: crate::Expectile(0.9)` stands for
/// `const { crate::Expectile::new(0.9) }`.
pub trait Loss<const N: usize, T: Scalar> {
    /// `[T; N]`, or [`Class<N>`].
    type Target: Target;

    /// The loss of one sample, and its gradient with respect to `output` written over `gradient`.
    ///
    /// `output` is what the head's flow ends in; for the losses that are fused with softmax or sigmoid the logits before it.
    fn evaluate(&self, output: &[T; N], target: &Self::Target, gradient: &mut [T; N]) -> T;

    /// Whether the loss is defined for this target.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn check(&self, target: &Self::Target) -> Result<(), TargetError>;
}

/// Every value is finite.
///
/// # Errors
///
/// The first value that is not.
pub fn check_finite<T: Scalar>(values: &[T]) -> Result<(), TargetError> {
    match values.iter().find(|value| !value.is_finite()) {
        Some(value) => Err(TargetError::NotFinite { value: value.to_f64() }),
        None => Ok(()),
    }
}
