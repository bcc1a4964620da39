//! The inner products between rows, in blocks that stay in registers.
#![allow(unsafe_code, reason = "vectors are loaded from addresses within slices of one length")]

use super::InstructionSet;
use super::vector::Vector;
use crate::kernel::scalar::Scalar;

/// How many rows are multiplied by how many at a time: with six loads for eight products, and fourteen registers.
const ROWS: usize = 4;
const COLUMNS: usize = 2;

/// The most lanes that a vector has.
const LANES: usize = 16;

/// Adds `rowᵢ·rowⱼ` to `sums[i · count + j]` for `i ≤ j`. All rows have one length, and what one lane of a vector adds up is added in `T`:
/// it should be short where `T` is less precise than f64.
///
/// # Panics
///
/// Where rows have different lengths.
#[inline(always)]
pub(crate) fn dots<'a, S: InstructionSet, T: Scalar>(count: usize, row: impl Fn(usize) -> &'a [T], sums: &mut [f64]) {
    for i in (0..count).step_by(ROWS) {
        // Rows beyond the last are the last once more, and what comes of them is dropped.
        let left: [&[T]; ROWS] = core::array::from_fn(|r| row((i + r).min(count - 1)));
        for j in (i..count).step_by(COLUMNS) {
            let right: [&[T]; COLUMNS] = core::array::from_fn(|c| row((j + c).min(count - 1)));
            let block = match j - i {
                0 => block::<S, T, 0>(left, right),
                2 => block::<S, T, 2>(left, right),
                _ => block::<S, T, ROWS>(left, right),
            };
            for r in 0..ROWS.min(count - i) {
                for c in 0..COLUMNS.min(count - j) {
                    if i + r <= j + c {
                        sums[(i + r) * count + j + c] += block[r][c].to_f64();
                    }
                }
            }
        }
    }
}

/// The products of row `r` and column `c` for `r ≤ c + OFFSET`.
#[inline(always)]
fn block<S: InstructionSet, T: Scalar, const OFFSET: usize>(left: [&[T]; ROWS], right: [&[T]; COLUMNS]) -> [[T; COLUMNS]; ROWS] {
    let lanes = const { <T::Vector<S> as Vector<T>>::LANES };
    let length = left[0].len();
    assert!(left.iter().chain(&right).all(|row| row.len() == length), "the rows have one length");
    let mut vectors = [[<T::Vector<S> as Vector<T>>::ZERO; COLUMNS]; ROWS];
    let mut first = 0;
    while first + lanes <= length {
        // SAFETY: `first + lanes` is not beyond the end of any of the rows.
        let (x, y) = unsafe {
            (left.map(|row| T::Vector::<S>::load(row.as_ptr().add(first))), right.map(|row| T::Vector::<S>::load(row.as_ptr().add(first))))
        };
        for r in 0..ROWS {
            for c in 0..COLUMNS {
                if r <= c + OFFSET {
                    vectors[r][c] = x[r].mul_add(y[c], vectors[r][c]);
                }
            }
        }
        first += lanes;
    }
    let mut sums = [[[T::ZERO; LANES]; COLUMNS]; ROWS];
    for r in 0..ROWS {
        for c in 0..COLUMNS {
            // SAFETY: a vector has `LANES` lanes at most.
            unsafe { vectors[r][c].store(sums[r][c].as_mut_ptr()) };
        }
    }
    for place in first..length {
        for r in 0..ROWS {
            for c in 0..COLUMNS {
                sums[r][c][place - first] = S::mul_add(left[r][place], right[c][place], sums[r][c][place - first]);
            }
        }
    }
    sums.map(|sums| sums.map(sum_of_lanes))
}

/// By halves.
#[inline(always)]
fn sum_of_lanes<T: Scalar>(mut lanes: [T; LANES]) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for lane in 0..half {
            lanes[lane] += lanes[lane + half];
        }
        half /= 2;
    }
    lanes[0]
}
