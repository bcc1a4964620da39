//! Products of small matrices, in blocks that stay in registers.
//!
//! Sizes and strides are run-time values here and every loop nest is a function of its own ([`InstructionSet::outline`]):
//! all layers of a program share a handful of them for each instruction set.
#![allow(unsafe_code, reason = "vectors are loaded from addresses; what each function needs of them is on it")]

use core::mem::MaybeUninit;

use super::dispatch::OneLane;
use super::repeat::repeat;
use super::vector::Vector;
use super::{InstructionSet, Kernel};
use crate::kernel::scalar::Scalar;

/// The most vectors that a block has one above the other.
const TALLEST: usize = 4;

/// How many vectors a block of a single column has one above the other where there are rows enough.
const TALL: usize = 8;

/// How many steps a transposed panel has: with the rows of the tallest block 16 KiB at most.
const DEPTH: usize = 64;

/// For how many columns a transposed copy does not pay.
const FEW_COLUMNS: usize = 4;

/// `target = start + left · right`, where each is a matrix in memory.
///
/// Element `(row, step)` of `left` is at `left + row + step · left_stride`, `(step, column)` of `right` at
/// `right + step · right_step + column · right_stride`, `(row, column)` of `target` at `target + row + column · target_stride`.
#[derive(Clone, Copy)]
pub(super) struct Product<T> {
    pub(super) left: *const T,
    pub(super) left_stride: usize,
    pub(super) right: *const T,
    pub(super) right_step: usize,
    pub(super) right_stride: usize,
    pub(super) target: *mut T,
    pub(super) target_stride: usize,
    pub(super) rows: usize,
    pub(super) steps: usize,
    pub(super) columns: usize,
    pub(super) start: Start<T>,
}

/// What a product is added to.
#[derive(Clone, Copy)]
pub(super) enum Start<T> {
    /// 0.
    Zero,
    /// What is in the target.
    Target,
    /// A vector of as many rows as the target, for every column.
    Column(*const T),
}

impl<T: Scalar> Product<T> {
    /// Computes the product.
    ///
    /// # Safety
    ///
    /// All elements named by [`Product`], for its rows, steps and columns, must be valid for reading, those of the
    /// target also for writing, and the target must overlap nothing else.
    #[inline(always)]
    pub(super) unsafe fn multiply<S: InstructionSet>(&self) {
        let (wide, narrow) = match self.split_narrow::<S>() {
            Some((wide, narrow)) => (wide, Some(narrow)),
            None => (*self, None),
        };
        // SAFETY: the caller's.
        wide.by_rows::<S>(|rows, vectors| unsafe { rows.dispatch::<S, Block>(vectors) });
        if let Some(narrow) = narrow {
            // SAFETY: the caller's, for the rows that are left.
            unsafe { narrow.multiply_narrow::<S>() };
        }
    }

    /// As [`multiply`](Self::multiply), for one column.
    ///
    /// # Safety
    ///
    /// As [`multiply`](Self::multiply), with one column.
    #[inline(always)]
    pub(super) unsafe fn multiply_column<S: InstructionSet>(&self) {
        if const { S::COMPACT } {
            return S::outline(AnyColumn(*self));
        }
        let lanes = <T::Vector<S> as Vector<T>>::LANES;
        // Tall blocks go through `left` in the order in which it lies in memory, and so at the rate at which that can be read.
        let mut first = 0;
        while self.rows - first >= TALL * lanes {
            S::outline(SingleColumn::<T, TALL, 1, true>(self.part(first, TALL * lanes)));
            first += TALL * lanes;
        }
        // SAFETY: the caller's.
        self.part(first, self.rows - first).by_rows::<S>(|rows, vectors| unsafe { rows.dispatch::<S, Column>(vectors) });
    }

    /// As [`multiply`](Self::multiply), with element `(row, step)` of `left` at `left + step + row · left_stride`.
    ///
    /// A panel of `left` at a time is transposed into a copy that stays in the cache; for a few columns, where that
    /// would not pay, each element is a sum over the lanes of a vector.
    ///
    /// # Safety
    ///
    /// As [`multiply`](Self::multiply), with a `right_step` of 1; the start is not a column.
    #[inline(always)]
    pub(super) unsafe fn multiply_transposed<S: InstructionSet>(&self) {
        debug_assert!(self.right_step == 1 && !matches!(self.start, Start::Column(_)));
        if self.columns > FEW_COLUMNS {
            return S::outline(Transposed(*self));
        }
        match const { <T::Vector<S> as Vector<T>>::LANES } {
            16 => S::outline(Dots::<T, 16>(*self)),
            8 => S::outline(Dots::<T, 8>(*self)),
            4 => S::outline(Dots::<T, 4>(*self)),
            2 => S::outline(Dots::<T, 2>(*self)),
            _ => S::outline(Dots::<T, 1>(*self)),
        }
    }

    /// Hands on the rows, tallest blocks first, with how many vectors they take.
    #[inline(always)]
    fn by_rows<S: InstructionSet>(&self, compute: impl Fn(&Self, usize)) {
        let tallest = const { TALLEST * <T::Vector<S> as Vector<T>>::LANES };
        let mut first = 0;
        while first < self.rows {
            let rows = tallest.min(self.rows - first);
            compute(&self.part(first, rows), rows.div_ceil(<T::Vector<S> as Vector<T>>::LANES));
            first += rows;
        }
    }

    /// The product for some of the rows.
    #[inline(always)]
    pub(super) fn part(&self, first: usize, rows: usize) -> Self {
        let start = match self.start {
            Start::Column(column) => Start::Column(column.wrapping_add(first)),
            start => start,
        };
        Self { left: self.left.wrapping_add(first), target: self.target.wrapping_add(first), rows, start, ..*self }
    }

    /// Runs the loop nest for a number of vectors.
    ///
    /// # Safety
    ///
    /// As that of the loop nest; the rows must fill all of these vectors but the last.
    #[inline(always)]
    unsafe fn dispatch<S: InstructionSet, N: Nest>(&self, vectors: usize) {
        let lanes = <T::Vector<S> as Vector<T>>::LANES;
        let full = self.rows == vectors * lanes;
        if const { !<T::Vector<S> as Vector<T>>::MASKED } && !full {
            let whole = self.rows / lanes * lanes;
            // SAFETY: the caller's, for these rows and for the others; vectors of one lane are always full.
            unsafe {
                if whole > 0 {
                    self.part(0, whole).dispatch::<S, N>(vectors - 1);
                }
                return self.part(whole, self.rows - whole).by_rows::<OneLane>(|rows, vectors| rows.dispatch::<OneLane, N>(vectors));
            }
        }
        // SAFETY: the caller's; there are so many vectors, of which the last is full or not.
        unsafe {
            match (vectors, full) {
                (1, true) => N::run::<S, T, 1, true>(self),
                (1, false) => N::run::<S, T, 1, false>(self),
                (2, true) => N::run::<S, T, 2, true>(self),
                (2, false) => N::run::<S, T, 2, false>(self),
                (3, true) => N::run::<S, T, 3, true>(self),
                (3, false) => N::run::<S, T, 3, false>(self),
                (_, true) => N::run::<S, T, TALLEST, true>(self),
                (_, false) => N::run::<S, T, TALLEST, false>(self),
            }
        }
    }
}

/// A loop nest over the columns and steps of `R` vectors of rows, of which the last is `FULL` or not.
trait Nest {
    /// Computes the product.
    ///
    /// # Safety
    ///
    /// As of [`Product::multiply`], or for [`Column`] of [`Product::multiply_column`]; the rows must fill all of the vectors but the last.
    unsafe fn run<S: InstructionSet, T: Scalar, const R: usize, const FULL: bool>(product: &Product<T>);
}

/// Blocks of several columns.
struct Block;

impl Nest for Block {
    /// The width of the blocks is chosen so that sums and factors fill the registers, and that there are eight sums
    /// or more: a fused multiply-add takes four cycles and two can start in each.
    #[inline(always)]
    unsafe fn run<S: InstructionSet, T: Scalar, const R: usize, const FULL: bool>(product: &Product<T>) {
        if const { <T::Vector<S> as Vector<T>>::REGISTERS >= 32 } {
            match R {
                1 => S::outline(Strip::<T, R, 16, FULL>(*product)),
                2 => S::outline(Strip::<T, R, 8, FULL>(*product)),
                _ => S::outline(Strip::<T, R, 4, FULL>(*product)),
            }
        } else {
            match R {
                1 => S::outline(Strip::<T, R, 8, FULL>(*product)),
                2 => S::outline(Strip::<T, R, 4, FULL>(*product)),
                // Without a fused instruction the product takes a register of its own.
                _ if const { S::FUSED_MULTIPLY_ADD } => S::outline(Strip::<T, R, 3, FULL>(*product)),
                _ => S::outline(Strip::<T, R, 2, FULL>(*product)),
            }
        }
    }
}

/// One column.
struct Column;

impl Nest for Column {
    #[inline(always)]
    unsafe fn run<S: InstructionSet, T: Scalar, const R: usize, const FULL: bool>(product: &Product<T>) {
        if const { <T::Vector<S> as Vector<T>>::REGISTERS >= 32 || R <= 2 } {
            S::outline(SingleColumn::<T, R, 4, FULL>(*product));
        } else {
            S::outline(SingleColumn::<T, R, 2, FULL>(*product));
        }
    }
}

/// A product of at most `R` vectors of rows, in blocks of `C` columns. Its elements are valid, as [`Product::multiply`] demands.
struct Strip<T, const R: usize, const C: usize, const FULL: bool>(Product<T>);

impl<T: Scalar, const R: usize, const C: usize, const FULL: bool> Kernel for Strip<T, R, C, FULL> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let mut column = 0;
        while column < self.0.columns {
            // SAFETY: whoever made the strip made sure of its elements; there are columns from this one on.
            unsafe { self.block::<T::Vector<S>>(column, C.min(self.0.columns - column)) };
            column += C;
        }
    }
}

impl<T: Scalar, const R: usize, const C: usize, const FULL: bool> Strip<T, R, C, FULL> {
    /// One block: the columns from number `first` on, of which `valid` are there.
    ///
    /// Columns beyond the valid ones repeat the last valid one and are not stored.
    ///
    /// # Safety
    ///
    /// The product's elements must be valid; `0 < valid <= C` and `first + valid <= columns`.
    #[inline(always)]
    unsafe fn block<V: Vector<T>>(&self, first: usize, valid: usize) {
        let product = self.0;
        let last = product.rows - (R - 1) * V::LANES;
        // SAFETY: rows, steps and columns stay within the product's, by the clamping to the last valid column.
        unsafe {
            let mut right = const { [core::ptr::null::<T>(); C] };
            let mut targets = const { [core::ptr::null_mut::<T>(); C] };
            repeat!(16: c < C, {
                let column = first + if c < valid { c } else { valid - 1 };
                // Without steps there is nothing at that address.
                right[c] = product.right.wrapping_add(column * product.right_stride);
                targets[c] = product.target.add(column * product.target_stride);
            });
            let mut sums = const { [[V::ZERO; C]; R] };
            match product.start {
                Start::Zero => {}
                Start::Column(values) => repeat!(4: r < R, {
                    let start = load::<T, V, R, FULL>(values, r, last);
                    repeat!(16: c < C, { sums[r][c] = start });
                }),
                Start::Target => repeat!(4: r < R, {
                    repeat!(16: c < C, { sums[r][c] = load::<T, V, R, FULL>(targets[c], r, last) });
                }),
            }
            let mut step = 0;
            while step < product.steps {
                let left = product.left.add(step * product.left_stride);
                // The factors are the fewer: with them in registers, one vector of `left` at a time is enough.
                let mut factors = const { [V::ZERO; C] };
                repeat!(16: c < C, { factors[c] = V::splat(*right[c].add(step * product.right_step)) });
                repeat!(4: r < R, {
                    let left = load::<T, V, R, FULL>(left, r, last);
                    repeat!(16: c < C, { sums[r][c] = left.mul_add(factors[c], sums[r][c]) });
                });
                step += 1;
            }
            repeat!(16: c < C, {
                if c < valid {
                    repeat!(4: r < R, { store::<T, V, R, FULL>(sums[r][c], targets[c], r, last) });
                }
            });
        }
    }
}

/// A product of at most `R` vectors of rows and one column. Its elements are valid, as [`Product::multiply_column`] demands.
///
/// Of every `U` steps each has a sum of its own, as a single column has too few sums to keep the multipliers busy.
struct SingleColumn<T, const R: usize, const U: usize, const FULL: bool>(Product<T>);

impl<T: Scalar, const R: usize, const U: usize, const FULL: bool> Kernel for SingleColumn<T, R, U, FULL> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        // SAFETY: whoever made this made sure of its elements.
        unsafe { self.0.column_block::<T::Vector<S>, R, U, FULL>() };
    }
}

/// A product of any number of rows and one column, all in one function. Its elements are valid, as [`Product::multiply_column`] demands.
///
/// For programs whose code is to be small.
struct AnyColumn<T>(Product<T>);

impl<T: Scalar> Kernel for AnyColumn<T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let lanes = <T::Vector<S> as Vector<T>>::LANES;
        let mut rest = self.0;
        // SAFETY: whoever made this made sure of its elements; each block has no more rows than are left.
        unsafe {
            // One kind of start, so that there is one way to begin a block.
            let start = match rest.start {
                Start::Column(start) => start,
                Start::Target => rest.target,
                Start::Zero => {
                    for row in 0..rest.rows {
                        *rest.target.add(row) = T::ZERO;
                    }
                    rest.target
                }
            };
            rest.start = Start::Column(start);
            while rest.rows >= TALL * lanes {
                rest.split_off(TALL * lanes).column_block::<T::Vector<S>, TALL, 1, true>();
            }
            while rest.rows >= TALLEST * lanes {
                rest.split_off(TALLEST * lanes).column_block::<T::Vector<S>, TALLEST, 1, true>();
            }
            while rest.rows >= lanes {
                rest.split_off(lanes).column_block::<T::Vector<S>, 1, 4, true>();
            }
            if rest.rows > 0 {
                rest.column_block::<T::Vector<S>, 1, 2, false>();
            }
        }
    }
}

impl<T: Scalar> Product<T> {
    /// The product of the first rows; those after them stay.
    #[inline(always)]
    fn split_off(&mut self, rows: usize) -> Self {
        let first = self.part(0, rows);
        *self = self.part(rows, self.rows - rows);
        first
    }

    /// The product for `R` vectors of rows, of which the last is `FULL` or not, and one column, with `U` sums for each.
    ///
    /// # Safety
    ///
    /// As [`multiply_column`](Self::multiply_column); the rows must fill all of the vectors but the last.
    #[inline(always)]
    unsafe fn column_block<V: Vector<T>, const R: usize, const U: usize, const FULL: bool>(&self) {
        let last = self.rows - (R - 1) * V::LANES;
        // SAFETY: rows and steps stay within the product's; what lies beyond its last step is not read.
        unsafe {
            let mut sums = const { [[V::ZERO; R]; U] };
            match self.start {
                Start::Zero => {}
                Start::Column(values) => repeat!(8: r < R, { sums[0][r] = load::<T, V, R, FULL>(values, r, last) }),
                Start::Target => repeat!(8: r < R, { sums[0][r] = load::<T, V, R, FULL>(self.target, r, last) }),
            }
            let (mut left, mut right, mut steps) = (self.left, self.right, self.steps);
            while steps >= U {
                repeat!(4: u < U, {
                    let factor = V::splat(*right);
                    repeat!(8: r < R, { sums[u][r] = load::<T, V, R, FULL>(left, r, last).mul_add(factor, sums[u][r]) });
                    left = left.wrapping_add(self.left_stride);
                    right = right.wrapping_add(self.right_step);
                });
                steps -= U;
            }
            while U > 1 && steps > 0 {
                let factor = V::splat(*right);
                repeat!(8: r < R, { sums[0][r] = load::<T, V, R, FULL>(left, r, last).mul_add(factor, sums[0][r]) });
                left = left.wrapping_add(self.left_stride);
                right = right.wrapping_add(self.right_step);
                steps -= 1;
            }
            repeat!(8: r < R, {
                let mut total = sums[0][r];
                repeat!(4: u < U, {
                    if u > 0 {
                        total = total.add(sums[u][r]);
                    }
                });
                store::<T, V, R, FULL>(total, self.target, r, last);
            });
        }
    }
}

/// A product whose `left` is to be transposed. Its elements are valid, as [`Product::multiply_transposed`] demands.
struct Transposed<T>(Product<T>);

impl<T: Scalar> Kernel for Transposed<T> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        let product = self.0;
        let lanes = <T::Vector<S> as Vector<T>>::LANES;
        let mut panel: MaybeUninit<[[T::Vector<S>; TALLEST]; DEPTH]> = MaybeUninit::uninit();
        let panel = panel.as_mut_ptr().cast::<T>();
        let mut first = 0;
        while first < product.rows {
            let rows = (TALLEST * lanes).min(product.rows - first);
            let vectors = rows.div_ceil(lanes);
            let mut from = 0;
            while from < product.steps {
                let steps = DEPTH.min(product.steps - from);
                // SAFETY: rows and steps stay within the product's, whose elements whoever made this made sure of. The
                // panel has room for `DEPTH` steps of `TALLEST` vectors, and `transpose` writes all that is then read.
                unsafe {
                    for r in 0..vectors {
                        let left = product.left.add((first + r * lanes) * product.left_stride + from);
                        let valid = lanes.min(rows - r * lanes);
                        transpose::<T, T::Vector<S>>(left, product.left_stride, valid, steps, panel.add(r * lanes), vectors * lanes);
                    }
                    let part = Product {
                        left: panel,
                        left_stride: vectors * lanes,
                        right: product.right.add(from),
                        target: product.target.add(first),
                        rows,
                        steps,
                        start: if from == 0 { product.start } else { Start::Target },
                        ..product
                    };
                    part.dispatch::<S, Block>(vectors);
                }
                from += steps;
            }
            first += rows;
        }
    }
}

/// As [`Transposed`], without a copy: `N`, the number of lanes, elements at a time.
struct Dots<T, const N: usize>(Product<T>);

impl<T: Scalar, const N: usize> Kernel for Dots<T, N> {
    type Output = ();

    #[inline(always)]
    fn run<S: InstructionSet>(self) {
        for column in 0..self.0.columns {
            let mut row = 0;
            while row < self.0.rows {
                // SAFETY: whoever made this made sure of its elements; there are rows from this one on.
                unsafe { self.elements::<T::Vector<S>>(column, row, N.min(self.0.rows - row)) };
                row += N;
            }
        }
    }
}

impl<T: Scalar, const N: usize> Dots<T, N> {
    /// The elements of a column from row `first` on, of which `valid` are there.
    ///
    /// # Safety
    ///
    /// The product's elements must be valid; `0 < valid <= N = LANES` and `first + valid <= rows`.
    #[inline(always)]
    unsafe fn elements<V: Vector<T>>(&self, column: usize, first: usize, valid: usize) {
        let product = self.0;
        // SAFETY: rows, steps and columns stay within the product's, by the clamping to the last valid row.
        unsafe {
            let mut left = const { [core::ptr::null::<T>(); N] };
            repeat!(16: n < N, { left[n] = product.left.add((first + if n < valid { n } else { valid - 1 }) * product.left_stride) });
            let right = product.right.add(column * product.right_stride);
            let mut sums = const { [V::ZERO; N] };
            let mut step = 0;
            while step + N <= product.steps {
                let factor = V::load(right.add(step));
                repeat!(16: n < N, { sums[n] = V::load(left[n].add(step)).mul_add(factor, sums[n]) });
                step += N;
            }
            if step < product.steps {
                let lanes = product.steps - step;
                let factor = V::load_partial(right.add(step), lanes);
                repeat!(16: n < N, { sums[n] = V::load_partial(left[n].add(step), lanes).mul_add(factor, sums[n]) });
            }
            let mut total = sum_of_each(sums);
            let target = product.target.add(first + column * product.target_stride);
            if valid == N {
                if matches!(product.start, Start::Target) {
                    total = total.add(V::load(target));
                }
                total.store(target);
            } else {
                if matches!(product.start, Start::Target) {
                    total = total.add(V::load_partial(target, valid));
                }
                total.store_partial(target, valid);
            }
        }
    }
}

/// The sum of the lanes of each of `N` vectors of `N` lanes, as the lanes of one.
///
/// Each round interleaves the first with the second half and adds the two vectors that this gives: half as many
/// vectors, each with the partial sums of twice as many.
#[inline(always)]
pub(super) fn sum_of_each<T, V: Vector<T>, const N: usize>(mut vectors: [V; N]) -> V {
    repeat!(4: round < N.trailing_zeros() as usize, {
        let half = N >> (round + 1);
        repeat!(8: n < N / 2, {
            if n < half {
                let (low, high) = vectors[n].interleave(vectors[n + half]);
                vectors[n] = low.add(high);
            }
        });
    });
    vectors[0]
}

/// Writes `rows` rows of `steps` values as one vector for each step, of a lane for each row (0 beyond them).
///
/// # Safety
///
/// `from + row · stride + step` must be valid for reading for all `rows <= LANES` and `steps`, and `to + step · width` for writing a whole vector.
#[inline(always)]
pub(super) unsafe fn transpose<T, V: Vector<T>>(from: *const T, stride: usize, rows: usize, steps: usize, to: *mut T, width: usize) {
    let mut step = 0;
    while step < steps {
        let count = V::LANES.min(steps - step);
        let load = |row: usize| {
            // SAFETY: the caller's.
            unsafe {
                let from = from.add(row.min(rows - 1) * stride + step);
                match (row < rows, count == V::LANES) {
                    (true, true) => V::load(from),
                    (true, false) => V::load_partial(from, count),
                    (false, _) => V::ZERO,
                }
            }
        };
        let store = |lane: usize, vector: V| {
            if lane < count {
                // SAFETY: the caller's.
                unsafe { vector.store(to.add((step + lane) * width)) };
            }
        };
        V::transpose(load, store);
        step += count;
    }
}

/// Vector number `r` of `R`, of which the last has `last` lanes, or all of them if `FULL`.
///
/// # Safety
///
/// Its values must be valid for reading.
#[inline(always)]
unsafe fn load<T, V: Vector<T>, const R: usize, const FULL: bool>(from: *const T, r: usize, last: usize) -> V {
    // SAFETY: the caller's.
    unsafe {
        let from = from.add(r * V::LANES);
        if FULL || r + 1 < R { V::load(from) } else { V::load_partial(from, last) }
    }
}

/// Writes vector number `r` of `R`, of which the last has `last` lanes, or all of them if `FULL`.
///
/// # Safety
///
/// Its values must be valid for writing.
#[inline(always)]
unsafe fn store<T, V: Vector<T>, const R: usize, const FULL: bool>(vector: V, to: *mut T, r: usize, last: usize) {
    // SAFETY: the caller's.
    unsafe {
        let to = to.add(r * V::LANES);
        if FULL || r + 1 < R { vector.store(to) } else { vector.store_partial(to, last) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::dispatch::run_on_every;
    use core::marker::PhantomData;
    use std::vec::Vec;

    /// A matrix that ends with its memory and begins at no vector's place, so that a sanitizer sees what is read or written beyond it.
    struct Matrix<T>(Vec<T>);

    impl<T: Scalar> Matrix<T> {
        /// Small whole numbers, whose products and sums are exact.
        fn new(len: usize, seed: usize) -> Self {
            Self((0..=len).map(|number| T::from_f64(((number * 7 + seed) % 11) as f64 - 5.0)).collect())
        }
        fn values(&self) -> &[T] {
            &self.0[1..]
        }
    }

    const SMALL: [usize; 4] = [0, 1, 2, 3];

    /// Every number of rows up to a block and more, by every rest of columns and steps.
    #[derive(Clone, Copy)]
    struct EveryRest<T>(PhantomData<T>);

    impl<T: Scalar> EveryRest<T> {
        /// A product with each of the starts, by `multiply`; of `left` the element `(row, step)` is `at(row, step)`.
        fn check(sizes: [usize; 3], left_stride: usize, at: impl Fn(usize, usize) -> usize, begins: &[u8], multiply: impl Fn(&Product<T>)) {
            let [rows, steps, columns] = sizes;
            let (left, right, column) = (Matrix::<T>::new(rows * steps, 3), Matrix::<T>::new(steps * columns, 5), Matrix::<T>::new(rows, 8));
            for &begin in begins {
                let mut target = Matrix::<T>::new(rows * columns, 1);
                let before = target.values().to_vec();
                multiply(&Product {
                    left: left.values().as_ptr(),
                    left_stride,
                    right: right.values().as_ptr(),
                    right_step: 1,
                    right_stride: steps,
                    target: target.0[1..].as_mut_ptr(),
                    target_stride: rows,
                    rows,
                    steps,
                    columns,
                    start: [Start::Zero, Start::Target, Start::Column(column.values().as_ptr())][usize::from(begin)],
                });
                for (place, (&actual, &before)) in target.values().iter().zip(&before).enumerate() {
                    let (row, number) = (place % rows, place / rows);
                    let start = [T::ZERO, before, column.values()[row]][usize::from(begin)];
                    let terms = (0..steps).map(|step| left.values()[at(row, step)] * right.values()[number * steps + step]);
                    let expected = start + terms.sum::<T>();
                    assert!(actual == expected, "{} {sizes:?} from {begin} at {row}, {number}: {actual} is not {expected}", T::NAME);
                }
            }
        }
    }

    impl<T: Scalar> Kernel for EveryRest<T> {
        type Output = ();
        #[inline(always)]
        fn run<S: InstructionSet>(self) {
            for rows in (0..=37).chain([47, 63, 64, 65, 131]) {
                for steps in SMALL.into_iter().chain([8, 15, 17, 33, 65]) {
                    // SAFETY: here and below, the matrices have the sizes that are told, and the target overlaps nothing.
                    Self::check(
                        [rows, steps, 1],
                        rows,
                        |row, step| step * rows + row,
                        &[0, 1, 2],
                        |product| unsafe {
                            product.multiply_column::<S>();
                        },
                    );
                    for columns in SMALL.into_iter().chain([5, 7, 16, 18]) {
                        // SAFETY: as above.
                        Self::check(
                            [rows, steps, columns],
                            rows,
                            |row, step| step * rows + row,
                            &[0, 1, 2],
                            |product| unsafe {
                                product.multiply::<S>();
                            },
                        );
                        // A product of many columns without steps leaves its target alone: no layer is without units.
                        if steps > 0 {
                            // SAFETY: as above.
                            Self::check(
                                [rows, steps, columns],
                                steps,
                                |row, step| row * steps + step,
                                &[0, 1],
                                |product| unsafe {
                                    product.multiply_transposed::<S>();
                                },
                            );
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn every_rest_of_rows_columns_and_steps_is_multiplied() {
        run_on_every(EveryRest::<f32>(PhantomData));
        run_on_every(EveryRest::<f64>(PhantomData));
    }
}
