//! Quantiles of all values, exactly.

use std::vec::Vec;

use crate::kernel::scalar::Scalar;

/// One value or more in ascending order, all finite.
pub(super) struct Sorted<T>(Vec<T>);

impl<T: Scalar> Sorted<T> {
    /// `None` where a value is not finite, or there is none.
    pub(super) fn new(mut values: Vec<T>) -> Option<Self> {
        if values.is_empty() || !values.iter().all(|x| x.is_finite()) {
            return None;
        }
        values.sort_unstable_by(|a, b| a.partial_cmp(b).unwrap_or(core::cmp::Ordering::Equal));
        Some(Self(values))
    }

    fn at(&self, place: usize) -> f64 {
        self.0[place.min(self.0.len() - 1)].to_f64()
    }

    /// The least value and the greatest.
    pub(super) fn ends(&self) -> [f64; 2] {
        [self.at(0), self.at(usize::MAX)]
    }

    /// The quantile of a share from 0 to 1, between two values in proportion: method 7 of Hyndman and Fan 1996, numpy's `linear`.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let place = share * (self.0.len() - 1) as f64;
        let below = libm::floor(place);
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to the number of values")]
        let number = below as usize;
        let (low, high, part) = (self.at(number), self.at(number + 1), place - below);
        // Halves, as the difference of two numbers may be none of the type; and from the nearer one, as numpy does, so that the ends are exact.
        let half = 0.5 * high - 0.5 * low;
        if part < 0.5 { low + 2.0 * part * half } else { high - 2.0 * (1.0 - part) * half }
    }

    /// The median, and what a `Robust` layer multiplies distances from it with: `1 / (q₇₅ − q₂₅)`, `2 / (max − min)` where the quartiles are one number,
    /// and 0 of a constant. `None` where that is not a number of the type, with all its bits.
    pub(super) fn median_and_factor(&self) -> Option<[T; 2]> {
        let median = T::from_f64(self.quantile(0.5));
        let half_between_quartiles = 0.5 * self.quantile(0.75) - 0.5 * self.quantile(0.25);
        let [low, high] = self.ends();
        let half = if half_between_quartiles > 0.0 { half_between_quartiles } else { 0.25 * high - 0.25 * low };
        if half == 0.0 {
            return Some([median, T::ZERO]);
        }
        let factor = T::from_f64(0.5 / half);
        // The reciprocal of a number with fewer bits is infinite.
        let fits = factor > T::ZERO && factor.is_finite() && (T::ONE / factor).is_finite();
        fits.then_some([median, factor])
    }

    /// Start and length of so many bins between the quantiles `0, 1/count, .., 1`. Edges that are one number of the type count once; what is left over
    /// at the end is empty, of the length 0. `None` where a length is not a number of the type.
    pub(super) fn bins(&self, count: usize) -> Option<Vec<[T; 2]>> {
        let mut edges: Vec<T> = (0..=count).map(|edge| T::from_f64(self.quantile(edge as f64 / count as f64))).collect();
        edges.dedup();
        let mut bins: Vec<[T; 2]> = edges.windows(2).map(|edges| [edges[0], edges[1] - edges[0]]).collect();
        bins.resize(count, [T::from_f64(self.ends()[1]), T::ZERO]);
        bins.iter().all(|[_, length]| length.is_finite()).then_some(bins)
    }
}

#[cfg(test)]
mod tests {
    use super::Sorted;

    fn sorted(values: &[f64]) -> Sorted<f64> {
        Sorted::new(values.to_vec()).unwrap()
    }

    #[test]
    fn quantiles_are_those_of_numpy() {
        // `numpy.quantile([3, 1, 4, 1, 5, 9, 2, 6], q)`.
        let digits = sorted(&[3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0]);
        for (share, expected) in [(0.0, 1.0), (0.1, 1.0), (0.25, 1.75), (0.5, 3.5), (0.6, 4.2), (0.75, 5.25), (1.0, 9.0)] {
            assert!((digits.quantile(share) - expected).abs() < 1e-14, "{share}: {}", digits.quantile(share));
        }
        assert_eq!(sorted(&[7.0]).quantile(0.3), 7.0);
        assert_eq!(sorted(&[-f64::MAX, f64::MAX]).quantile(0.5), 0.0);
    }

    #[test]
    fn factors_are_those_of_the_paper() {
        assert_eq!(sorted(&[0.0, 1.0, 2.0, 3.0, 100.0]).median_and_factor(), Some([2.0, 0.5]));
        // Quartiles that are one number, and a constant.
        assert_eq!(sorted(&[0.0, 1.0, 1.0, 1.0, 1.0, 8.0]).median_and_factor(), Some([1.0, 0.25]));
        assert_eq!(sorted(&[14.62; 5]).median_and_factor(), Some([14.62, 0.0]));
    }

    #[test]
    fn bins_lie_between_quantiles_and_edges_count_once() {
        let even = sorted(&[0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 10.0, 12.0]);
        assert_eq!(even.bins(4).unwrap(), [[0.0, 2.0], [2.0, 2.0], [4.0, 5.0], [9.0, 3.0]]);
        // `numpy.unique` of the quantiles is 0, 1 and 5: two bins, and two that are left over.
        let many_ones = sorted(&[0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0]);
        assert_eq!(many_ones.bins(4).unwrap(), [[0.0, 1.0], [1.0, 4.0], [5.0, 0.0], [5.0, 0.0]]);
        assert_eq!(sorted(&[2.0; 3]).bins(2).unwrap(), [[2.0, 0.0]; 2]);
        assert!(Sorted::new(std::vec![-f32::MAX, f32::MAX]).unwrap().bins(1).is_none());
    }

    #[test]
    fn a_spread_is_refused_whose_reciprocal_does_not_fit() {
        let of = |spread: f32| Sorted::new(std::vec![-spread, 0.0, spread]).unwrap().median_and_factor();
        for spread in [1e-40, 1e-39] {
            assert_eq!(of(spread), None, "{spread:e}");
        }
        for spread in [1e-37, 1e-7, 1.0, 1e7, 3e38] {
            assert!(of(spread).is_some(), "{spread:e}");
        }
    }

    #[test]
    fn what_is_not_finite_has_no_order() {
        assert!(Sorted::new(std::vec![1.0, f64::NAN]).is_none() && Sorted::new(std::vec![f32::INFINITY]).is_none());
        assert!(Sorted::<f32>::new(std::vec![]).is_none());
    }
}
