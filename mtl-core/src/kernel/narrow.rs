//! Products of a few rows, fewer than would fill a quarter of a vector: the end of a layer of 20 units, or all of one of three.
//!
//! Vectors go along what else is contiguous in memory, so that all lanes count: along the columns, or along the steps.
#![allow(unsafe_code, reason = "vectors are loaded from addresses; what each function needs of them is on it")]

use core::mem::MaybeUninit;

use super::product::{Product, Start, sum_of_each, transpose};
use super::vector::{Vector, by_column};
use super::{InstructionSet, Kernel};
use crate::kernel::scalar::Scalar;

/// How many steps a transposed panel has.
const DEPTH: usize = 64;

/// How many vectors of columns a block has side by side.
const WIDE: usize = 4;

impl<T: Scalar> Product<T> {
    /// Splits off the rows that are for [`multiply_narrow`](Self::multiply_narrow), if there are any: those before them, and they.
    #[inline(always)]
    pub(super) fn split_narrow<S: InstructionSet>(&self) -> Option<(Self, Self)> {
        let lanes = <T::Vector<S> as Vector<T>>::LANES;
        let rest = self.rows % lanes;
        let along_columns = self.right_stride == 1 && self.columns >= lanes;
        let along_steps = self.right_step == 1 && self.steps >= lanes;
        let pays = const { <T::Vector<S> as Vector<T>>::MASKED } && 0 < rest && 4 * rest <= lanes && (along_columns || along_steps);
        pays.then(|| (self.part(0, self.rows - rest), self.part(self.rows - rest, rest)))
    }

    /// The product of what [`split_narrow`](Self::split_narrow) splits off.
    ///
    /// # Safety
    ///
    /// As of [`multiply`](Self::multiply); there must be a row, and no more than a quarter of a vector of them.
    #[inline(always)]
    pub(super) unsafe fn multiply_narrow<S: InstructionSet>(&self) {
        let along_columns = self.right_stride == 1;
        match const { <T::Vector<S> as Vector<T>>::LANES } {
            16 if along_columns => S::outline(AlongColumns::<T, 4>(*self)),
            16 => S::outline(AlongSteps::<T, 4, 16>(*self)),
            8 if along_columns => S::outline(AlongColumns::<T, 2>(*self)),
            8 => S::outline(AlongSteps::<T, 2, 8>(*self)),
            _ if along_columns => S::outline(AlongColumns::<T, 1>(*self)),
            _ => S::outline(AlongSteps::<T, 1, 4>(*self)),
        }
    }
}

/// A product of at most `R` rows whose right factor has its columns side by side. Its elements are valid, as [`Product::multiply`] demands.
struct AlongColumns<T, const R: usize>(Product<T>);

impl<T: Scalar, const R: usize> Kernel for AlongColumns<T, R> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let lanes = <T::Vector<S> as Vector<T>>::LANES;
        let mut column = 0;
        while column < self.0.columns {
            let rest = self.0.columns - column;
            // SAFETY: whoever made this made sure of its elements; there are so many columns from this one on.
            unsafe {
                if rest >= WIDE * lanes {
                    self.block::<T::Vector<S>, WIDE>(column, lanes);
                    column += WIDE * lanes;
                } else {
                    self.block::<T::Vector<S>, 1>(column, rest.min(lanes));
                    column += lanes;
                }
            }
        }
    }
}

impl<T: Scalar, const R: usize> AlongColumns<T, R> {
    /// The columns from number `first` on: `B` vectors of them, of which the last has `last`.
    ///
    /// # Safety
    ///
    /// The product's elements must be valid, and `R` be a power of two, no less than its rows and no more than `LANES`;
    /// `0 < last <= LANES` and `first + (B − 1) · LANES + last <= columns`.
    #[inline(always)]
    unsafe fn block<V: Vector<T>, const B: usize>(&self, first: usize, last: usize) {
        let product = self.0;
        // Rows beyond the last repeat it and are not stored.
        let left: [*const T; R] = core::array::from_fn(|r| product.left.wrapping_add(r.min(product.rows - 1)));
        let mut sums = [[V::ZERO; R]; B];
        // SAFETY: rows, steps and columns stay within the product's.
        unsafe {
            for step in 0..product.steps {
                let right = product.right.add(step * product.right_step + first);
                let right: [V; B] = core::array::from_fn(|b| load_up_to(right.add(b * V::LANES), if b + 1 < B { V::LANES } else { last }));
                let factors: [V; R] = core::array::from_fn(|r| V::splat(*left[r].add(step * product.left_stride)));
                for (sums, right) in sums.iter_mut().zip(right) {
                    for (sum, factor) in sums.iter_mut().zip(factors) {
                        *sum = right.mul_add(factor, *sum);
                    }
                }
            }
            for (b, by_row) in sums.into_iter().enumerate() {
                let columns = if b + 1 < B { V::LANES } else { last };
                self.store(by_column(by_row), first + b * V::LANES, columns);
            }
        }
    }

    /// Writes `columns` columns from number `first` on, of `R` values each.
    ///
    /// # Safety
    ///
    /// As [`block`](Self::block)'s; there are `columns <= LANES` columns.
    #[inline(always)]
    unsafe fn store<V: Vector<T>>(&self, values: [V; R], first: usize, columns: usize) {
        let by_column = core::ptr::from_ref(&values).cast::<[T; R]>();
        for column in 0..columns {
            // SAFETY: `R` vectors of `LANES` values are `LANES` columns of `R` values; the column is one of the product's.
            unsafe { store_column(&self.0, first + column, *by_column.add(column)) };
        }
    }
}

/// A product of at most `R` rows whose right factor has its steps side by side; `N`, the number of lanes, is a multiple of `R`. Its
/// elements are valid, as [`Product::multiply`] demands.
struct AlongSteps<T, const R: usize, const N: usize>(Product<T>);

impl<T: Scalar, const R: usize, const N: usize> Kernel for AlongSteps<T, R, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let mut panel: MaybeUninit<[[T; DEPTH]; R]> = MaybeUninit::uninit();
        let panel = panel.as_mut_ptr().cast::<T>();
        let mut from = 0;
        while from < self.0.steps {
            let steps = DEPTH.min(self.0.steps - from);
            let part = Product {
                left: self.0.left.wrapping_add(from * self.0.left_stride),
                right: self.0.right.wrapping_add(from),
                steps,
                start: if from == 0 { self.0.start } else { Start::Target },
                ..self.0
            };
            // SAFETY: whoever made this made sure of its elements, of which these steps are a part; the panel has room for them.
            unsafe {
                Self(part).pack::<T::Vector<S>>(panel);
                let mut column = 0;
                while column < part.columns {
                    Self(part).block::<T::Vector<S>>(panel, column, (N / R).min(part.columns - column));
                    column += N / R;
                }
            }
            from += steps;
        }
    }
}

impl<T: Scalar, const R: usize, const N: usize> AlongSteps<T, R, N> {
    /// Writes the rows of the left factor into `panel`, `DEPTH` apart, with 0 after its steps up to a whole vector.
    ///
    /// # Safety
    ///
    /// The product's elements must be valid, with no more than `DEPTH` steps and `R` rows; `panel` must be valid for writing `R · DEPTH` values; `N = LANES`.
    #[inline(always)]
    unsafe fn pack<V: Vector<T>>(&self, panel: *mut T) {
        let product = self.0;
        let mut first = 0;
        while first < product.steps {
            // SAFETY: rows and steps stay within the product's; the panel has room for `R` rows up to the end of this vector.
            unsafe {
                let from = product.left.add(first * product.left_stride);
                transpose::<T, V>(from, product.left_stride, N.min(product.steps - first), product.rows, panel.add(first), DEPTH);
            }
            first += N;
        }
    }

    /// The columns from number `first` on, of which `valid` are there.
    ///
    /// # Safety
    ///
    /// The product's elements must be valid, and `panel` be what [`pack`](Self::pack) made of it; `0 < valid <= N / R`, `first + valid <= columns`.
    #[inline(always)]
    unsafe fn block<V: Vector<T>>(&self, panel: *const T, first: usize, valid: usize) {
        let product = self.0;
        let mut sums = [V::ZERO; N];
        // SAFETY: steps and columns stay within the product's, by the clamping to the last valid column.
        unsafe {
            // `N` places, as the number of columns is no constant; all but the first `N / R` are left alone.
            let right: [*const T; N] = core::array::from_fn(|c| product.right.add((first + c.min(valid - 1)) * product.right_stride));
            let mut step = 0;
            while step + N <= product.steps {
                self.add(&mut sums, panel.add(step), right.map(|right| right.add(step)), N);
                step += N;
            }
            if step < product.steps {
                self.add(&mut sums, panel.add(step), right.map(|right| right.add(step)), product.steps - step);
            }
            let totals = sum_of_each(sums);
            let by_column = core::ptr::from_ref(&totals).cast::<[T; R]>();
            for c in 0..valid {
                store_column(&product, first + c, *by_column.add(c));
            }
        }
    }

    /// Adds the products of up to `N` steps to the sums of each row and column.
    ///
    /// # Safety
    ///
    /// `panel` must have `N` steps of every row, and of `right` the first `N / R` be valid for reading `steps <= N` values.
    #[inline(always)]
    unsafe fn add<V: Vector<T>>(&self, sums: &mut [V; N], panel: *const T, right: [*const T; N], steps: usize) {
        // SAFETY: the caller's; rows beyond the last repeat it.
        unsafe {
            let left: [V; R] = core::array::from_fn(|r| V::load(panel.add(r.min(self.0.rows - 1) * DEPTH)));
            for c in 0..N / R {
                let right = load_up_to::<T, V>(right[c], steps);
                for r in 0..R {
                    sums[c * R + r] = left[r].mul_add(right, sums[c * R + r]);
                }
            }
        }
    }
}

/// Writes the first values to a column of the product, with what the product starts from.
///
/// # Safety
///
/// The product's elements must be valid, and have this column and no more than `R` rows.
#[inline(always)]
unsafe fn store_column<T: Scalar, const R: usize>(product: &Product<T>, column: usize, mut values: [T; R]) {
    // SAFETY: the caller's.
    unsafe {
        let target = product.target.add(column * product.target_stride);
        let start = match product.start {
            Start::Zero => None,
            Start::Target => Some(target.cast_const()),
            Start::Column(start) => Some(start),
        };
        if product.rows == R {
            if let Some(start) = start {
                let start = *start.cast::<[T; R]>();
                for (value, start) in values.iter_mut().zip(start) {
                    *value += start;
                }
            }
            *target.cast::<[T; R]>() = values;
        } else {
            for (row, value) in values.into_iter().enumerate().take(product.rows) {
                *target.add(row) = start.map_or(T::ZERO, |start| *start.add(row)) + value;
            }
        }
    }
}

/// `lanes` values from memory, which may be all, and 0 in the lanes after them.
///
/// # Safety
///
/// `from` must be valid for reading `lanes <= LANES` values.
#[inline(always)]
unsafe fn load_up_to<T, V: Vector<T>>(from: *const T, lanes: usize) -> V {
    // SAFETY: the caller's.
    unsafe { if lanes == V::LANES { V::load(from) } else { V::load_partial(from, lanes) } }
}
