//! Means over few runs, and how far they can be trusted.

use core::fmt::{self, Display, Formatter};

use crate::report::number;

/// A mean over runs with its 95 % confidence interval `mean ± half_width`, by Student's t.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    /// The mean; NaN where there is nothing to average, or something is not defined.
    pub mean: f64,
    /// Half the width of the interval; NaN for fewer than two runs.
    pub half_width: f64,
}

impl Estimate {
    /// From one number a run.
    #[must_use]
    pub fn of(values: &[f64]) -> Self {
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        if count < 2 {
            return Self { mean, half_width: f64::NAN };
        }
        let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
        let deviation = libm::sqrt(squares / (count - 1) as f64);
        Self { mean, half_width: students_t(count - 1) * deviation / libm::sqrt(count as f64) }
    }

    /// The lower end of the interval.
    #[must_use]
    pub fn low(&self) -> f64 {
        self.mean - self.half_width
    }

    /// The upper end of the interval.
    #[must_use]
    pub fn high(&self) -> f64 {
        self.mean + self.half_width
    }
}

/// `0.9412 ± 0.0031`; the mean alone where there is no interval.
impl Display for Estimate {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        if self.mean.is_nan() {
            formatter.pad("-")
        } else if self.half_width.is_nan() {
            formatter.pad(&number(self.mean))
        } else {
            let mean = number(self.mean);
            let decimals = mean.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let width = if mean.contains('e') { number(self.half_width) } else { std::format!("{:.decimals$}", self.half_width) };
            formatter.pad(&std::format!("{mean} ± {width}"))
        }
    }
}

/// The 97.5 % quantiles of Student's t with 1 to 30 degrees of freedom.
const QUANTILES: [f64; 30] = [
    12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281, 2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009,
    2.0930, 2.0860, 2.0796, 2.0739, 2.0687, 2.0639, 2.0595, 2.0555, 2.0518, 2.0484, 2.0452, 2.0423,
];

/// The 97.5 % quantile; beyond the table by the expansion of Cornish and Fisher about that of the normal distribution, exact to four decimals there.
fn students_t(freedom: usize) -> f64 {
    const NORMAL: f64 = 1.959_963_984_540_054;
    match freedom.checked_sub(1).and_then(|index| QUANTILES.get(index)) {
        Some(&quantile) => quantile,
        None => {
            let (z, freedom) = (NORMAL, freedom as f64);
            z + (z.powi(3) + z) / (4.0 * freedom) + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * freedom * freedom)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    #[test]
    fn the_interval_is_that_of_students_t() {
        // scipy.stats.t.interval(0.95, 3, loc=2.5, scale=scipy.stats.sem([1, 2, 3, 4]))
        let estimate = Estimate::of(&[1.0, 2.0, 3.0, 4.0]);
        assert!((estimate.low() - 0.445_739_743).abs() < 1e-4 && (estimate.high() - 4.554_260_257).abs() < 1e-4, "{estimate:?}");
        assert_eq!(estimate.to_string(), "2.5000 ± 2.0542");
    }

    #[test]
    fn quantiles_beyond_the_table() {
        // scipy.stats.t.ppf(0.975, [31, 60, 200])
        for (freedom, quantile) in [(31, 2.039_513), (60, 2.000_298), (200, 1.971_896)] {
            assert!((students_t(freedom) - quantile).abs() < 1e-4, "{freedom}: {}", students_t(freedom));
        }
    }

    #[test]
    fn one_run_has_no_interval_and_none_no_mean() {
        assert_eq!(Estimate::of(&[3.0]).to_string(), "3.0000");
        assert_eq!(Estimate::of(&[]).to_string(), "-");
        assert!(Estimate::of(&[3.0]).low().is_nan());
    }
}
