//! Products of matrices that lie within larger values: one step of every sequence of a tile, some rows of a kernel.
//!
//! A column of a view is some of the scalars of one item of a slice, so that neighbours are as far apart as items are:
//!
//! ```text
//! item        item        item
//! . [rows] .  . [rows] .  . [rows] .
//! ```
#![allow(unsafe_code, reason = "the products take addresses; a view is made of a slice that holds all of its elements")]

use core::marker::PhantomData;

use super::InstructionSet;
use super::dense::{CACHED_BYTES, parts};
use super::product::{Product, Start};
use crate::flat::Flat;
use crate::kernel::scalar::Scalar;

/// A matrix within a slice of larger values.
#[derive(Clone, Copy, Debug)]
pub struct View<'a, T> {
    first: *const T,
    rows: usize,
    stride: usize,
    columns: usize,
    items: PhantomData<&'a [T]>,
}

impl<'a, T: Scalar> View<'a, T> {
    /// Of every item `rows` scalars, from number `first` on, are a column; those that an item has not are left out.
    #[inline(always)]
    #[must_use]
    pub const fn of<F: Flat<T>>(items: &'a [F], first: usize, rows: usize) -> Self {
        let (first, rows) = within::<T, F>(first, rows);
        Self { first: items.as_ptr().cast::<T>().wrapping_add(first), rows, stride: F::LEN, columns: items.len(), items: PhantomData }
    }

    /// A view without rows: the product with it is 0.
    #[inline(always)]
    #[must_use]
    pub const fn without_rows(self) -> Self {
        Self { rows: 0, ..self }
    }
}

/// A matrix within a slice of larger values, to write to.
#[derive(Debug)]
pub struct ViewMut<'a, T> {
    first: *mut T,
    rows: usize,
    stride: usize,
    columns: usize,
    items: PhantomData<&'a mut [T]>,
}

impl<'a, T: Scalar> ViewMut<'a, T> {
    /// As [`View::of`].
    #[inline(always)]
    #[must_use]
    pub const fn of<F: Flat<T>>(items: &'a mut [F], first: usize, rows: usize) -> Self {
        let (first, rows) = within::<T, F>(first, rows);
        let columns = items.len();
        Self { first: items.as_mut_ptr().cast::<T>().wrapping_add(first), rows, stride: F::LEN, columns, items: PhantomData }
    }
}

/// The rows that an item has: with them every element of a view lies in the slice that it borrows. Items that have scalars at all are aligned as
/// these are, as `Flat::LEN` asserts.
#[inline(always)]
const fn within<T, F: Flat<T>>(first: usize, rows: usize) -> (usize, usize) {
    let first = if first < F::LEN { first } else { F::LEN };
    let rest = F::LEN - first;
    (first, if rows < rest { rows } else { rest })
}

/// What a product is added to.
#[derive(Clone, Copy, Debug)]
pub enum Begin<'a, T> {
    /// 0.
    Zero,
    /// What is in the target.
    Target,
    /// A vector, for every column; of no values, 0.
    Vector(&'a [T]),
}

/// `target = begin + left · right`, for the rows, steps and columns that all have.
#[inline(always)]
pub fn multiply<S: InstructionSet, T: Scalar>(left: View<'_, T>, right: View<'_, T>, target: ViewMut<'_, T>, begin: Begin<'_, T>) {
    let rows = left.rows.min(target.rows);
    let (rows, start) = match begin {
        Begin::Zero | Begin::Vector([]) => (rows, Start::Zero),
        Begin::Target => (rows, Start::Target),
        Begin::Vector(values) => (rows.min(values.len()), Start::Column(values.as_ptr())),
    };
    let product = Product {
        left: left.first,
        left_stride: left.stride,
        right: right.first,
        right_step: 1,
        right_stride: right.stride,
        target: target.first,
        target_stride: target.stride,
        rows,
        steps: left.columns.min(right.rows),
        columns: right.columns.min(target.columns),
        start,
    };
    // SAFETY: every view has its elements in the slice that it borrows, as `within` sees to, the target mutably; no more rows, steps and
    // columns are taken than all have, and of the vector as many rows as it has values.
    unsafe {
        if product.columns == 1 {
            return product.multiply_column::<S>();
        }
        let part = parts(product.steps.max(1), CACHED_BYTES / (rows.max(1) * size_of::<T>()));
        let mut first = 0;
        loop {
            let of_part = Product {
                left: product.left.add(first * left.stride),
                // Without columns there is nothing at that address.
                right: product.right.wrapping_add(first),
                steps: part.min(product.steps - first),
                start: if first == 0 { start } else { Start::Target },
                ..product
            };
            of_part.multiply::<S>();
            first += part;
            if first >= product.steps {
                break;
            }
        }
    }
}

/// `target = leftᵀ · right`, added to what is there if `add`, for the rows, steps and columns that all have.
#[inline(always)]
pub fn multiply_transposed<S: InstructionSet, T: Scalar>(left: View<'_, T>, right: View<'_, T>, target: ViewMut<'_, T>, add: bool) {
    let product = Product {
        left: left.first,
        left_stride: left.stride,
        right: right.first,
        right_step: 1,
        right_stride: right.stride,
        target: target.first,
        target_stride: target.stride,
        rows: left.columns.min(target.rows),
        steps: left.rows.min(right.rows),
        columns: right.columns.min(target.columns),
        start: if add { Start::Target } else { Start::Zero },
    };
    // SAFETY: every view has its elements in the slice that it borrows, as `within` sees to, the target mutably; no more rows, steps and
    // columns are taken than all have.
    unsafe { product.multiply_transposed::<S>() }
}

/// `target += left · rightᵀ`, for the rows, steps and columns that all have.
#[inline(always)]
pub fn add_outer<S: InstructionSet, T: Scalar>(left: View<'_, T>, right: View<'_, T>, target: ViewMut<'_, T>) {
    let (rows, columns) = (left.rows.min(target.rows), right.rows.min(target.columns));
    let product = Product {
        left: left.first,
        left_stride: left.stride,
        right: right.first,
        right_step: right.stride,
        right_stride: 1,
        target: target.first,
        target_stride: target.stride,
        rows,
        steps: left.columns.min(right.columns),
        columns,
        start: Start::Target,
    };
    // SAFETY: every view has its elements in the slice that it borrows, as `within` sees to, the target mutably; no more rows, steps and
    // columns are taken than all have.
    unsafe { product.multiply::<S>() }
}

/// `target += columns · 1`: the sum of the columns.
#[inline(always)]
pub fn add_columns<S: InstructionSet, T: Scalar>(columns: View<'_, T>, target: &mut [T]) {
    let one = T::ONE;
    let product = Product {
        left: columns.first,
        left_stride: columns.stride,
        right: &raw const one,
        right_step: 0,
        right_stride: 0,
        target: target.as_mut_ptr(),
        target_stride: target.len(),
        rows: columns.rows.min(target.len()),
        steps: columns.columns,
        columns: 1,
        start: Start::Target,
    };
    // SAFETY: the view is of a borrowed slice that has all of its elements, the target is borrowed mutably; the right factor is 1 at every step.
    unsafe { product.multiply_column::<S>() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Kernel;
    use crate::kernel::dispatch::run_on_every;
    use std::vec::Vec;

    const WIDTH: usize = 23;

    /// Values between −1 and 1 without a pattern.
    fn items<T: Scalar>(count: usize, seed: usize) -> Vec<[T; WIDTH]> {
        (0..count).map(|item| core::array::from_fn(|row| T::from_f64(((item * WIDTH + row + seed) * 7919 % 1009) as f64 / 504.5 - 1.0))).collect()
    }

    #[derive(Clone, Copy)]
    struct Check<T>(core::marker::PhantomData<T>);

    impl<T: Scalar> Check<T> {
        /// Every scalar of the target is what it was plus its sum, or what it was outside of the view.
        fn compare(actual: &[[T; WIDTH]], before: &[[T; WIDTH]], first: usize, rows: usize, expected: impl Fn(usize, usize, T) -> f64, what: &str) {
            let epsilon = if T::NAME == "F32" { 2e-5 } else { 1e-13 };
            for (column, (actual, before)) in actual.iter().zip(before).enumerate() {
                for row in 0..WIDTH {
                    let inside = (first..first + rows).contains(&row);
                    let wanted = if inside { expected(row - first, column, before[row]) } else { before[row].to_f64() };
                    assert!((actual[row].to_f64() - wanted).abs() <= epsilon, "{what} at {row}, {column}: {} is not {wanted}", actual[row]);
                }
            }
        }
    }

    impl<T: Scalar> Kernel for Check<T> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            for (rows, steps, columns) in [(1, 1, 1), (3, 2, 1), (17, 9, 1), (5, 16, 3), (18, 13, 9), (19, 21, 33), (4, 3, 0)] {
                let sum =
                    |factors: &dyn Fn(usize) -> (T, T), steps: usize| -> f64 { (0..steps).map(factors).map(|(a, b)| a.to_f64() * b.to_f64()).sum() };
                let (left, right, before) = (items::<T>(steps, 3), items::<T>(columns, 5), items::<T>(columns, 11));
                let vector: Vec<T> = items::<T>(1, 17)[0].to_vec();
                for begin in [Begin::Zero, Begin::Target, Begin::Vector(&vector[..])] {
                    let mut target = before.clone();
                    multiply::<S, T>(View::of(&left, 2, rows), View::of(&right, 1, steps), ViewMut::of(&mut target, 4, rows), begin);
                    let expected = |row: usize, column: usize, before: T| {
                        let start = match begin {
                            Begin::Zero => 0.0,
                            Begin::Target => before.to_f64(),
                            Begin::Vector(values) => values[row].to_f64(),
                        };
                        start + sum(&|step| (left[step][2 + row], right[column][1 + step]), steps)
                    };
                    Self::compare(&target, &before, 4, rows, expected, "product");
                }
                let mut target = before.clone();
                multiply::<S, T>(
                    View::of(&left, 2, rows),
                    View::of(&right, 1, steps).without_rows(),
                    ViewMut::of(&mut target, 4, rows),
                    Begin::Vector(&vector),
                );
                Self::compare(&target, &before, 4, rows, |row, _, _| vector[row].to_f64(), "product of nothing");

                // `left` has a column for each row of the target, and the steps go down.
                let (left, deep) = (items::<T>(rows, 3), steps.min(20));
                for add in [false, true] {
                    let mut target = before.clone();
                    multiply_transposed::<S, T>(View::of(&left, 2, deep), View::of(&right, 1, deep), ViewMut::of(&mut target, 4, rows), add);
                    let expected = |row: usize, column: usize, before: T| {
                        let start = if add { before.to_f64() } else { 0.0 };
                        start + sum(&|step| (left[row][2 + step], right[column][1 + step]), deep)
                    };
                    Self::compare(&target, &before, 4, rows, expected, "transposed product");
                }

                // The steps are the items of both.
                let (left, right) = (items::<T>(steps, 3), items::<T>(steps, 5));
                let wide = columns.min(20);
                let before = items::<T>(wide, 11);
                let mut target = before.clone();
                add_outer::<S, T>(View::of(&left, 2, rows), View::of(&right, 1, wide), ViewMut::of(&mut target, 4, rows));
                let expected =
                    |row: usize, column: usize, before: T| before.to_f64() + sum(&|step| (left[step][2 + row], right[step][1 + column]), steps);
                Self::compare(&target, &before, 4, rows, expected, "outer product");

                let mut target = before.first().copied().unwrap_or([T::ONE; WIDTH]);
                let before = target;
                add_columns::<S, T>(View::of(&left, 2, rows), &mut target[4..4 + rows]);
                let expected = |row: usize, _: usize, before: T| before.to_f64() + sum(&|step| (left[step][2 + row], T::ONE), steps);
                Self::compare(&[target], &[before], 4, rows, expected, "sum");
            }
        }
    }

    #[test]
    fn products_are_the_sums_they_stand_for() {
        run_on_every(Check::<f32>(core::marker::PhantomData));
        run_on_every(Check::<f64>(core::marker::PhantomData));
    }

    #[test]
    fn a_view_has_only_what_its_items_have() {
        let items = items::<f64>(2, 0);
        let view = View::of(&items, 20, 10);
        assert_eq!((view.rows, view.stride, view.columns), (3, WIDTH, 2));
        assert_eq!(View::of(&items, 99, 1).rows, 0);
        assert_eq!(View::<f64>::of::<[f64; WIDTH]>(&[], 0, 5).columns, 0);
    }
}
