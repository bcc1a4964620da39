//! What a row of inputs or of targets consists of, and what its fields may not hold.

use crate::kernel::scalar::Scalar;

/// One row of inputs or of targets, field by field in the order of declaration.
///
/// Both the typed rows of a model and the rows of a data set are records, so tiles can be loaded from either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a row of inputs or targets",
    note = "a row is a struct that `multitask!` writes for the model, such as `PatientInputs` and `PatientTargets` for `Patient`"
)]
pub trait Record<T> {
    /// The numbers of a real field; `None` where they are missing or the field is a class.
    fn real(&self, field: usize) -> Option<&[T]>;
    /// The index of a class field; `None` where it is missing or the field is real.
    fn class(&self, field: usize) -> Option<usize>;

    /// One number of a real field, also where the record does not hold them side by side; NaN for a cell that is missing.
    fn cell(&self, field: usize, column: usize) -> Option<T>
    where
        T: Copy,
    {
        cell_of(self.real(field), column)
    }
}

/// One of the numbers of a field.
#[doc(hidden)]
#[inline(always)]
pub fn cell_of<T: Copy>(numbers: Option<&[T]>, column: usize) -> Option<T> {
    numbers?.get(column).copied()
}

/// What users write for the target of a head: a number, an array of numbers, a class index, or an `Option` of them where labels are partial.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the target of a head",
    note = "a target is a number, an array of numbers, a class index `usize`, or an `Option` of them where labels are partial"
)]
pub trait TargetRow<T> {
    /// The numbers, unless this is a class or missing.
    fn real(&self) -> Option<&[T]>;
    /// The class index, unless this is numbers or missing.
    fn class(&self) -> Option<usize>;
}

impl<T: Scalar> TargetRow<T> for T {
    #[inline(always)]
    fn real(&self) -> Option<&[T]> {
        Some(core::slice::from_ref(self))
    }
    #[inline(always)]
    fn class(&self) -> Option<usize> {
        None
    }
}

impl<T: Scalar, const N: usize> TargetRow<T> for [T; N] {
    #[inline(always)]
    fn real(&self) -> Option<&[T]> {
        Some(self)
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

/// The index of a class out of `N`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Class<const N: usize> {
    /// The index, below `N`.
    pub index: u32,
}

crate::flat::own_zeroable!([const N: usize] Class<N> as Class { index: u32 });

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
#[derive(Clone, Copy, PartialEq, thiserror::Error)]
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
