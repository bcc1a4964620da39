//! Elementary functions in double precision.

use super::super::repeat::repeat;
use super::elementary::{elementary, polynomial};

elementary! {
    float: f64,
    signed: i64,
    unsigned: u64,
    mantissa_bits: 52,
    bias: 1023,
    // The leading 32 bits of ln 2.
    ln_2_high: f64::from_bits(0x3FE6_2E42_FEE0_0000),
    ln_2_low: 1.908_214_929_270_587_7e-10,
    underflow: -760.0,
    overflow: 720.0,
    // 1/(n + 2)!; the next term is below 2e-17 of eˣ − 1.
    exponential_series: [
        1.0 / 2.0,
        1.0 / 6.0,
        1.0 / 24.0,
        1.0 / 120.0,
        1.0 / 720.0,
        1.0 / 5_040.0,
        1.0 / 40_320.0,
        1.0 / 362_880.0,
        1.0 / 3_628_800.0,
        1.0 / 39_916_800.0,
        1.0 / 479_001_600.0,
        1.0 / 6_227_020_800.0,
    ],
    // 2/(2n + 3), of artanh; the next term is below 1e-18 of the sum.
    logarithm_series: [
        2.0 / 3.0,
        2.0 / 5.0,
        2.0 / 7.0,
        2.0 / 9.0,
        2.0 / 11.0,
        2.0 / 13.0,
        2.0 / 15.0,
        2.0 / 17.0,
        2.0 / 19.0,
        2.0 / 21.0,
    ],
}

#[cfg(test)]
mod tests {
    use crate::kernel::scalar::Scalar;

    /// The error in units in the last place of the exact result. The standard library's own, below 1, comes on top.
    fn ulps(value: f64, exact: f64) -> f64 {
        if value == exact || (value.is_nan() && exact.is_nan()) {
            return 0.0;
        }
        let ulp = f64::from_bits(exact.abs().to_bits() + 1) - exact.abs();
        (value - exact).abs() / ulp
    }

    #[track_caller]
    fn check(name: &str, bound: f64, function: fn(f64) -> f64, exact: fn(f64) -> f64) {
        let special = [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN, f64::MAX, f64::MIN, f64::MIN_POSITIVE, -1.0, 1.0, 5e-324, -5e-324];
        let every = (0..1_000_000).map(|step: u64| f64::from_bits(step.wrapping_mul(0x0000_10C6_F7A0_B5ED)));
        let near_one = (0..400_000).map(|step| f64::from(step) * 1e-4 - 20.0);
        let edges = (0..120_000).map(|step| f64::from(step) * 1e-3 - 780.0).chain((0..50_000).map(|step| f64::from(step) * 1e-3 + 680.0));
        let mut largest = (0.0, 0.0);
        for x in special.into_iter().chain(every).chain(near_one).chain(edges) {
            let error = ulps(function(x), exact(x));
            assert!(!error.is_nan(), "{name}: {} at {x:e}, not {}", function(x), exact(x));
            if error > largest.0 {
                largest = (error, x);
            }
        }
        std::println!("{name}: {:.3} ulp at {:e}", largest.0, largest.1);
        assert!(largest.0 <= bound, "{name}: {} ulp at {:e}", largest.0, largest.1);
    }

    #[test]
    fn errors_are_within_their_bounds() {
        check("exp", 2.0, Scalar::exp, f64::exp);
        check("exp_m1", 3.0, Scalar::exp_m1, f64::exp_m1);
        check("ln", 2.0, Scalar::ln, f64::ln);
        check("ln_1p", 3.0, Scalar::ln_1p, f64::ln_1p);
        check("tanh", 3.5, Scalar::tanh, f64::tanh);
    }
}
