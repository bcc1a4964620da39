//! Losses: value and gradient of one sample, and the pass over a tile.
//!
//! Each reports what Keras reports. Cross-entropies take logits: softmax or sigmoid and the logarithm are one step,
//! finite for every finite logit.

mod mse;

pub use mse::Mse;

use nalgebra::SVector;

use crate::model::Record;
use crate::{Scalar, Zeroable};

/// What a target column holds for one sample, and what the user writes for it.
pub trait Target<T: Scalar>: Zeroable + Copy + Send + 'static {
    /// The field's type in the `…Targets` struct: `SVector<T, N>`, or `usize` for a class index.
    type Row: TargetRow<T> + Copy + core::fmt::Debug + PartialEq;
    /// What metrics compare predictions with: `[f64; N]`, or the class index as `u32`.
    type Measured;
    /// How the data set stores it.
    const KIND: FieldKind;

    /// The target of head number `field`; `None` where its label is missing.
    fn from_record(row: &impl Record<T>, field: usize) -> Option<Self>;

    /// For metrics.
    fn measured(&self) -> Self::Measured;
}

impl<T: Scalar, const N: usize> Target<T> for [T; N] {
    type Row = SVector<T, N>;
    type Measured = [f64; N];
    const KIND: FieldKind = FieldKind::Real { width: N };

    #[inline(always)]
    fn from_record(row: &impl Record<T>, field: usize) -> Option<Self> {
        Self::try_from(row.real(field)?).ok()
    }

    fn measured(&self) -> [f64; N] {
        self.map(Scalar::to_f64)
    }
}

/// The index of a class out of `N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class<const N: usize> {
    /// The index, below `N`.
    pub index: u32,
}

crate::zeroable!([const N: usize] Class<N> as Class { index: u32 });

impl<T: Scalar, const N: usize> Target<T> for Class<N> {
    type Row = usize;
    type Measured = u32;
    const KIND: FieldKind = FieldKind::Class { classes: N };

    #[inline(always)]
    fn from_record(row: &impl Record<T>, field: usize) -> Option<Self> {
        row.class(field).map(|index| Self { index: u32::try_from(index).unwrap_or(u32::MAX) })
    }

    fn measured(&self) -> u32 {
        self.index
    }
}

/// What users write for the target of a head: a vector, a class index, or an `Option` of them where labels are partial.
pub trait TargetRow<T> {
    /// The numbers, unless this is a class or missing.
    fn real(&self) -> Option<&[T]>;
    /// The class index, unless this is a vector or missing.
    fn class(&self) -> Option<usize>;
}

impl<T: Scalar, const N: usize> TargetRow<T> for SVector<T, N> {
    #[inline(always)]
    fn real(&self) -> Option<&[T]> {
        Some(self.as_slice())
    }
    #[inline(always)]
    fn class(&self) -> Option<usize> {
        None
    }
}

impl<T> TargetRow<T> for usize {
    #[inline(always)]
    fn real(&self) -> Option<&[T]> {
        None
    }
    #[inline(always)]
    fn class(&self) -> Option<usize> {
        Some(*self)
    }
}

impl<T, R: TargetRow<T>> TargetRow<T> for Option<R> {
    #[inline(always)]
    fn real(&self) -> Option<&[T]> {
        self.as_ref().and_then(TargetRow::real)
    }
    #[inline(always)]
    fn class(&self) -> Option<usize> {
        self.as_ref().and_then(TargetRow::<T>::class)
    }
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
    type Target: Target<T>;

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
