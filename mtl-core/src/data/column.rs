//! One field of every row, stored densely.

use std::vec::Vec;

use crate::hash::Hash;
use crate::kernel::scalar::Scalar;
use crate::model::record::{FieldKind, Record};

/// The values of one input or one head's targets, row after row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column<T> {
    values: Values<T>,
    /// Which rows have a value; `None` where all must.
    present: Option<Vec<bool>>,
}

#[derive(Clone, Debug, PartialEq)]
enum Values<T> {
    Real { width: usize, numbers: Vec<T> },
    Class { classes: usize, indices: Vec<u32> },
}

impl<T: Scalar> Column<T> {
    pub(super) fn new(kind: FieldKind, partial: bool) -> Self {
        let values = match kind {
            FieldKind::Real { width } => Values::Real { width, numbers: Vec::new() },
            FieldKind::Class { classes } => Values::Class { classes, indices: Vec::new() },
        };
        Self { values, present: partial.then(Vec::new) }
    }

    pub(super) const fn classes(&self) -> Option<usize> {
        match self.values {
            Values::Real { .. } => None,
            Values::Class { classes, .. } => Some(classes),
        }
    }

    pub(super) fn reserve(&mut self, rows: usize) {
        match &mut self.values {
            Values::Real { width, numbers } => numbers.reserve(rows * *width),
            Values::Class { indices, .. } => indices.reserve(rows),
        }
        if let Some(present) = &mut self.present {
            present.reserve(rows);
        }
    }

    /// Appends a field of a row, which was checked before.
    pub(super) fn push(&mut self, row: &impl Record<T>, field: usize) {
        let found = match &mut self.values {
            Values::Real { width, numbers } => match row.real(field) {
                Some(row) => {
                    numbers.extend_from_slice(row);
                    true
                }
                None => {
                    let found = row.cell(field, 0).is_some();
                    numbers.extend((0..*width).map(|column| row.cell(field, column).unwrap_or(T::ZERO)));
                    found
                }
            },
            Values::Class { indices, .. } => {
                let class = row.class(field);
                // A checked index is below the number of classes; its parameters would not fit into memory beyond `u32`.
                indices.push(class.and_then(|class| u32::try_from(class).ok()).unwrap_or(0));
                class.is_some()
            }
        };
        if let Some(present) = &mut self.present {
            present.push(found);
        }
    }

    /// Puts another class in the place of each.
    pub(super) fn replace_classes(&mut self, replacement: impl Fn(usize) -> usize) {
        if let Values::Class { indices, .. } = &mut self.values {
            for index in indices {
                *index = u32::try_from(replacement(*index as usize)).unwrap_or(*index);
            }
        }
    }

    /// Everything that tells it from other columns.
    pub(super) fn hash(&self, hash: &mut Hash) {
        match &self.values {
            Values::Real { width, numbers } => {
                hash.word(*width as u64);
                numbers.iter().for_each(|number| hash.word(number.to_f64().to_bits()));
            }
            Values::Class { classes, indices } => {
                hash.word(*classes as u64);
                indices.iter().for_each(|&index| hash.word(u64::from(index)));
            }
        }
        self.present.iter().flatten().for_each(|&present| hash.word(u64::from(present)));
    }

    #[inline(always)]
    pub(super) fn is_present(&self, row: usize) -> bool {
        self.present.as_ref().is_none_or(|present| present[row])
    }

    /// How many of `rows` rows have a value.
    pub(super) fn count_present(&self, rows: usize) -> usize {
        self.present.as_ref().map_or(rows, |present| present.iter().filter(|&&present| present).count())
    }

    #[inline(always)]
    pub(super) const fn may_miss(&self) -> bool {
        self.present.is_some()
    }

    #[inline(always)]
    pub(super) fn real(&self, row: usize) -> Option<&[T]> {
        match &self.values {
            Values::Real { width, numbers } if self.is_present(row) => Some(&numbers[row * width..(row + 1) * width]),
            Values::Real { .. } | Values::Class { .. } => None,
        }
    }

    #[inline(always)]
    pub(super) fn class(&self, row: usize) -> Option<usize> {
        match &self.values {
            Values::Class { indices, .. } if self.is_present(row) => Some(indices[row] as usize),
            Values::Class { .. } | Values::Real { .. } => None,
        }
    }
}
