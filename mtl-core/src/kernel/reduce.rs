//! Sums and maxima over the rows of one column.

use crate::kernel::InstructionSet;
use crate::kernel::scalar::Scalar;

/// How many partial results are kept: enough for the widest vector register, and independent of the instruction set.
const LANES: usize = 16;

/// `term(0) ∘ term(1) ∘ … ∘ term(N − 1)` for an associative `combine` with the neutral element `neutral`.
///
/// The order of evaluation depends on `N` alone. Partial results are kept side by side: a single running sum could
/// not be vectorised, as the compiler must not reorder floating-point additions.
#[inline(always)]
pub fn reduce<T: Scalar, const N: usize>(neutral: T, term: impl Fn(usize) -> T, combine: impl Fn(T, T) -> T) -> T {
    let mut total = neutral;
    if N >= LANES {
        let mut lanes = [neutral; LANES];
        for block in 0..N / LANES {
            for (lane, partial) in lanes.iter_mut().enumerate() {
                *partial = combine(*partial, term(block * LANES + lane));
            }
        }
        let mut width = LANES / 2;
        while width > 0 {
            for lane in 0..width {
                lanes[lane] = combine(lanes[lane], lanes[lane + width]);
            }
            width /= 2;
        }
        total = lanes[0];
    }
    for row in N / LANES * LANES..N {
        total = combine(total, term(row));
    }
    total
}

/// `Σ term(row)` over the `N` rows.
#[inline(always)]
pub fn sum<T: Scalar, const N: usize>(term: impl Fn(usize) -> T) -> T {
    reduce::<T, N>(T::ZERO, term, |a, b| a + b)
}

/// `max term(row)` over the `N` rows; −∞ without rows.
#[inline(always)]
pub fn maximum<T: Scalar, const N: usize>(term: impl Fn(usize) -> T) -> T {
    reduce::<T, N>(T::from_f64(f64::NEG_INFINITY), term, |a, b| if b > a { b } else { a })
}

/// Whether none of the `N` rows is NaN or infinite.
#[inline(always)]
pub fn all_finite<S: InstructionSet, T: Scalar, const N: usize>(values: &[T; N]) -> bool {
    if S::COMPACT {
        return is_finite(values);
    }
    // Zero times NaN or infinity is NaN, and so is a sum with it; this loop becomes vectors, the one that may end early does not.
    sum::<T, N>(|row| values[row] * T::ZERO) == T::ZERO
}

/// One loop for all sizes.
#[inline(never)]
fn is_finite<T: Scalar>(values: &[T]) -> bool {
    values.iter().all(|value| value.is_finite())
}

#[cfg(test)]
mod tests {
    use super::{all_finite, maximum, sum};
    use crate::kernel::{Kernel, Portable, dispatch};

    fn check<const N: usize>() {
        let values: [f64; N] = core::array::from_fn(|i| ((i * 37 + 11) % 101) as f64 - 50.0);
        assert!((sum::<f64, N>(|i| values[i]) - values.iter().sum::<f64>()).abs() < 1e-12);
        assert_eq!(maximum::<f64, N>(|i| values[i]), values.iter().copied().fold(f64::NEG_INFINITY, f64::max));
    }

    #[test]
    fn every_length_is_summed_once() {
        check::<0>();
        check::<1>();
        check::<15>();
        check::<16>();
        check::<17>();
        check::<47>();
        check::<64>();
    }

    #[test]
    fn every_value_is_looked_at() {
        struct Check([f32; 37]);
        impl Kernel for Check {
            type Output = [bool; 2];
            fn run<S: crate::kernel::InstructionSet>(self) -> [bool; 2] {
                [all_finite::<S, f32, 37>(&self.0), all_finite::<Portable, f32, 37>(&self.0)]
            }
        }
        let large = [f32::MAX; 37];
        assert_eq!(dispatch(Check(large)), [true; 2]);
        for row in 0..37 {
            for wrong in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                let mut values = large;
                values[row] = wrong;
                assert_eq!(dispatch(Check(values)), [false; 2], "{wrong} in row {row}");
            }
        }
    }
}
