//! Targets: what a loss compares outputs with.

use crate::flat::Zeroable;
use crate::kernel::scalar::Scalar;
use crate::model::record::{Class, FieldKind, Record, TargetRow};

/// What a target column holds for one sample, and what the user writes for it.
pub trait Target<T: Scalar>: Zeroable + Copy + Send + 'static {
    /// The field's type in the `…Targets` struct: `[T; N]`, or `usize` for a class index. A loss of the language has `T` in place of `[T; 1]`.
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
    type Row = Self;
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
