//! Products of small matrices, in blocks that stay in registers.
#![allow(unsafe_code, reason = "vectors are loaded from addresses; what each function needs of them is on it")]

use super::vector::Vector;
use core::mem::MaybeUninit;

/// The most vectors that a block has one above the other.
const TALLEST: usize = 4;

/// `target (+)= left · right`, where each is a matrix in memory.
///
/// Element `(row, step)` of `left` is at `left + row + step · left_stride`, `(step, column)` of `right` at
/// `right + step · right_step + column · right_stride`, `(row, column)` of `target` at `target + row + column · target_stride`.
pub(super) struct Product<T> {
    pub(super) left: *const T,
    pub(super) left_stride: usize,
    pub(super) right: *const T,
    pub(super) right_step: usize,
    pub(super) right_stride: usize,
    pub(super) target: *mut T,
    pub(super) target_stride: usize,
    pub(super) steps: usize,
    pub(super) columns: usize,
    pub(super) start: Start<T>,
}

/// What the product is added to.
pub(super) enum Start<T> {
    /// 0.
    Zero,
    /// What is in the target.
    Target,
    /// A vector of as many rows as the target, for every column.
    Column(*const T),
}

impl<T> Clone for Start<T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Start<T> {}

/// The product for `ROWS` rows.
///
/// # Safety
///
/// All elements named by [`Product`], for `ROWS` rows and its steps and columns, must be valid for reading, those of the
/// target also for writing, and the target must overlap nothing else.
#[inline(always)]
pub(super) unsafe fn multiply<T: Copy, V: Vector<T>, const ROWS: usize>(product: &Product<T>) {
    let blocks = const { ROWS / (TALLEST * V::LANES) };
    // SAFETY: these rows are below `ROWS`.
    unsafe {
        for block in 0..blocks {
            rows::<T, V, TALLEST>(&product.at_row(block * TALLEST * V::LANES), V::LANES);
        }
        if const { ROWS % (TALLEST * V::LANES) > 0 } {
            rest::<T, V>(&product.at_row(blocks * TALLEST * V::LANES), const { ROWS % (TALLEST * V::LANES) });
        }
    }
}

/// The product for fewer rows than the tallest block has.
///
/// # Safety
///
/// As [`multiply`], for `count` rows; `0 < count <= TALLEST · LANES`.
#[inline(always)]
unsafe fn rest<T: Copy, V: Vector<T>>(product: &Product<T>, count: usize) {
    let vectors = count.div_ceil(V::LANES);
    let last = count - (vectors - 1) * V::LANES;
    // SAFETY: the caller's.
    unsafe {
        match vectors {
            1 => rows::<T, V, 1>(product, last),
            2 => rows::<T, V, 2>(product, last),
            3 => rows::<T, V, 3>(product, last),
            _ => rows::<T, V, TALLEST>(product, last),
        }
    }
}

impl<T> Product<T> {
    /// The product from a row on.
    ///
    /// # Safety
    ///
    /// There must be that many rows.
    #[inline(always)]
    unsafe fn at_row(&self, row: usize) -> Self {
        // SAFETY: the caller's.
        unsafe {
            Self {
                left: self.left.add(row),
                target: self.target.add(row),
                start: match self.start {
                    Start::Column(column) => Start::Column(column.add(row)),
                    start => start,
                },
                ..*self
            }
        }
    }
}

/// The product for `R` vectors of rows, of which the last has `last` lanes.
///
/// The width of the blocks is chosen so that sums and factors fill the registers, and that there are about eight sums
/// or more: a fused multiply-add takes four cycles and two can start in each.
///
/// # Safety
///
/// As [`multiply`], for that many rows.
#[inline(always)]
unsafe fn rows<T: Copy, V: Vector<T>, const R: usize>(product: &Product<T>, last: usize) {
    // SAFETY: the caller's.
    unsafe {
        if const { V::REGISTERS >= 32 } {
            match R {
                1 | 2 => strip::<T, V, R, 8>(product, last),
                _ => strip::<T, V, R, 4>(product, last),
            }
        } else {
            match R {
                1 => strip::<T, V, R, 8>(product, last),
                2 => strip::<T, V, R, 4>(product, last),
                _ => strip::<T, V, R, 3>(product, last),
            }
        }
    }
}

/// As [`rows`], in blocks of `C` columns.
///
/// # Safety
///
/// As [`rows`].
#[inline(always)]
unsafe fn strip<T: Copy, V: Vector<T>, const R: usize, const C: usize>(product: &Product<T>, last: usize) {
    let mut column = 0;
    while column < product.columns {
        // SAFETY: the caller's; there are columns from this one on.
        unsafe { block::<T, V, R, C>(product, last, column, C.min(product.columns - column)) };
        column += C;
    }
}

/// One block: `R` vectors of rows by `C` columns from number `first` on, of which `valid` are there.
///
/// Columns beyond the valid ones repeat the last valid one and are not stored.
///
/// # Safety
///
/// As [`rows`]; `0 < valid <= C`.
#[inline(always)]
unsafe fn block<T: Copy, V: Vector<T>, const R: usize, const C: usize>(product: &Product<T>, last: usize, first: usize, valid: usize) {
    // SAFETY: rows, steps and columns stay within the product's, by the clamping to the last valid column.
    unsafe {
        let column: [usize; C] = core::array::from_fn(|c| first + if c < valid { c } else { valid - 1 });
        let mut sums = match product.start {
            Start::Zero => [[V::splat_zero(); R]; C],
            Start::Column(values) => [load_rows::<T, V, R>(values, last); C],
            Start::Target => core::array::from_fn(|c| load_rows::<T, V, R>(product.target.add(column[c] * product.target_stride), last)),
        };
        let right: [*const T; C] = core::array::from_fn(|c| product.right.add(column[c] * product.right_stride));
        for step in 0..product.steps {
            let left = load_rows::<T, V, R>(product.left.add(step * product.left_stride), last);
            for c in 0..C {
                let factor = V::splat(*right[c].add(step * product.right_step));
                for r in 0..R {
                    sums[c][r] = left[r].mul_add(factor, sums[c][r]);
                }
            }
        }
        for c in 0..C {
            if c < valid {
                store_rows::<T, V, R>(sums[c], product.target.add(column[c] * product.target_stride), last);
            }
        }
    }
}

/// `R` vectors, of which the last has `last` lanes.
///
/// # Safety
///
/// That many values must be valid for reading.
#[inline(always)]
unsafe fn load_rows<T, V: Vector<T>, const R: usize>(from: *const T, last: usize) -> [V; R] {
    // SAFETY: the caller's.
    core::array::from_fn(|r| unsafe {
        if r + 1 < R || last == V::LANES { V::load(from.add(r * V::LANES)) } else { V::load_partial(from.add(r * V::LANES), last) }
    })
}

/// Writes `R` vectors, of which the last has `last` lanes.
///
/// # Safety
///
/// That many values must be valid for writing.
#[inline(always)]
unsafe fn store_rows<T, V: Vector<T>, const R: usize>(rows: [V; R], to: *mut T, last: usize) {
    for (r, vector) in rows.into_iter().enumerate() {
        // SAFETY: the caller's.
        unsafe { if r + 1 < R || last == V::LANES { vector.store(to.add(r * V::LANES)) } else { vector.store_partial(to.add(r * V::LANES), last) } }
    }
}

/// `target = start + left · right` for one column of `right`, whose elements lie side by side.
///
/// Several steps are summed separately, as a single column has too few sums to keep the multipliers busy.
///
/// # Safety
///
/// As [`multiply`], with one column and a `right_step` of 1.
#[inline(always)]
pub(super) unsafe fn multiply_column<T: Copy, V: Vector<T>, const ROWS: usize>(product: &Product<T>) {
    let blocks = const { ROWS / (TALLEST * V::LANES) };
    // SAFETY: these rows are below `ROWS`.
    unsafe {
        for block in 0..blocks {
            column::<T, V, TALLEST>(&product.at_row(block * TALLEST * V::LANES), V::LANES);
        }
        if const { ROWS % (TALLEST * V::LANES) > 0 } {
            let count = const { ROWS % (TALLEST * V::LANES) };
            let vectors = count.div_ceil(V::LANES);
            let last = count - (vectors - 1) * V::LANES;
            let product = &product.at_row(blocks * TALLEST * V::LANES);
            match vectors {
                1 => column::<T, V, 1>(product, last),
                2 => column::<T, V, 2>(product, last),
                3 => column::<T, V, 3>(product, last),
                _ => column::<T, V, TALLEST>(product, last),
            }
        }
    }
}

/// As [`multiply_column`], for `R` vectors of rows, of which the last has `last` lanes.
///
/// # Safety
///
/// As [`multiply_column`], for that many rows.
#[inline(always)]
unsafe fn column<T: Copy, V: Vector<T>, const R: usize>(product: &Product<T>, last: usize) {
    // SAFETY: the caller's.
    unsafe {
        if const { V::REGISTERS >= 32 || R < TALLEST / 2 } {
            column_in::<T, V, R, 4>(product, last);
        } else {
            column_in::<T, V, R, 2>(product, last);
        }
    }
}

/// As [`column`], with `U` sums for each row.
///
/// # Safety
///
/// As [`column`].
#[inline(always)]
unsafe fn column_in<T: Copy, V: Vector<T>, const R: usize, const U: usize>(product: &Product<T>, last: usize) {
    // SAFETY: the caller's.
    unsafe {
        let mut sums = [[V::splat_zero(); R]; U];
        match product.start {
            Start::Zero => {}
            Start::Column(values) => sums[0] = load_rows::<T, V, R>(values, last),
            Start::Target => sums[0] = load_rows::<T, V, R>(product.target, last),
        }
        let add = |sum: &mut [V; R], step: usize| {
            let left = load_rows::<T, V, R>(product.left.add(step * product.left_stride), last);
            let factor = V::splat(*product.right.add(step));
            for r in 0..R {
                sum[r] = left[r].mul_add(factor, sum[r]);
            }
        };
        let mut step = 0;
        while step + U <= product.steps {
            for (u, sum) in sums.iter_mut().enumerate() {
                add(sum, step + u);
            }
            step += U;
        }
        while step < product.steps {
            add(&mut sums[0], step);
            step += 1;
        }
        let mut width = U / 2;
        while width > 0 {
            for u in 0..width {
                for r in 0..R {
                    sums[u][r] = sums[u][r].add(sums[u + width][r]);
                }
            }
            width /= 2;
        }
        store_rows::<T, V, R>(sums[0], product.target, last);
    }
}

/// `target (+)= leftᵀ · right`, where each is a matrix in memory.
///
/// Element `(step, row)` of `left` is at `left + step + row · left_stride`; the rest is as in [`Product`], with a `right_step` of 1.
///
/// A panel of `left` at a time is transposed into a copy that stays in the cache.
///
/// # Safety
///
/// As [`multiply`].
#[inline(always)]
pub(super) unsafe fn multiply_transposed<T: Copy, V: Vector<T>, const ROWS: usize>(product: &Product<T>) {
    let blocks = const { ROWS / (TALLEST * V::LANES) };
    // SAFETY: these rows are below `ROWS`.
    unsafe {
        for block in 0..blocks {
            transposed_rows::<T, V, TALLEST>(product, block * TALLEST * V::LANES, V::LANES);
        }
        if const { ROWS % (TALLEST * V::LANES) > 0 } {
            let count = const { ROWS % (TALLEST * V::LANES) };
            let vectors = count.div_ceil(V::LANES);
            let last = count - (vectors - 1) * V::LANES;
            let first = blocks * TALLEST * V::LANES;
            match vectors {
                1 => transposed_rows::<T, V, 1>(product, first, last),
                2 => transposed_rows::<T, V, 2>(product, first, last),
                3 => transposed_rows::<T, V, 3>(product, first, last),
                _ => transposed_rows::<T, V, TALLEST>(product, first, last),
            }
        }
    }
}

/// How many steps a transposed panel has: with the rows of a block 16 KiB at most.
const DEPTH: usize = 64;

/// As [`multiply_transposed`], for `R` vectors of rows from number `first` on, of which the last has `last` lanes.
///
/// # Safety
///
/// As [`multiply_transposed`], for that many rows.
#[inline(always)]
unsafe fn transposed_rows<T: Copy, V: Vector<T>, const R: usize>(product: &Product<T>, first: usize, last: usize) {
    let mut panel: MaybeUninit<[[V; R]; DEPTH]> = MaybeUninit::uninit();
    let panel = panel.as_mut_ptr().cast::<T>();
    let width = R * V::LANES;
    let mut from = 0;
    while from < product.steps {
        let steps = DEPTH.min(product.steps - from);
        // SAFETY: rows and steps stay within the product's; the panel has room for `DEPTH` steps of `width` rows, and
        // `transpose` writes all rows of the steps that are then read.
        unsafe {
            for r in 0..R {
                let lanes = if r + 1 < R { V::LANES } else { last };
                let left = product.left.add((first + r * V::LANES) * product.left_stride + from);
                transpose::<T, V>(left, product.left_stride, lanes, steps, panel.add(r * V::LANES), width);
            }
            let part = Product {
                left: panel,
                left_stride: width,
                right: product.right.add(from),
                target: product.target.add(first),
                steps,
                start: if from == 0 { product.start } else { Start::Target },
                ..*product
            };
            rows::<T, V, R>(&part, last);
        }
        from += steps;
    }
}

/// Writes `rows` rows of `steps` values as one vector of a lane for each row (0 beyond them) for each step.
///
/// # Safety
///
/// `from + row · stride + step` must be valid for reading for all `rows <= LANES` and `steps`, and `to + step · width` for writing a whole vector.
#[inline(always)]
unsafe fn transpose<T: Copy, V: Vector<T>>(from: *const T, stride: usize, rows: usize, steps: usize, to: *mut T, width: usize) {
    let mut step = 0;
    while step < steps {
        let count = V::LANES.min(steps - step);
        // SAFETY: the caller's.
        unsafe {
            V::transpose(
                |row| {
                    if row >= rows {
                        V::splat_zero()
                    } else if count == V::LANES {
                        V::load(from.add(row * stride + step))
                    } else {
                        V::load_partial(from.add(row * stride + step), count)
                    }
                },
                |lane, vector| {
                    if lane < count {
                        vector.store(to.add((step + lane) * width));
                    }
                },
            );
        }
        step += count;
    }
}
