//! Sums and maxima over the rows of one column.

use crate::Scalar;

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

#[cfg(test)]
mod tests {
    use super::{maximum, sum};

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
}
