//! Elementary functions in single precision.

use super::super::repeat::repeat;
use super::elementary::{elementary, polynomial};

elementary! {
    float: f32,
    signed: i32,
    unsigned: u32,
    mantissa_bits: 23,
    bias: 127,
    ln_2_high: 355.0 / 512.0,
    ln_2_low: (core::f64::consts::LN_2 - 355.0 / 512.0) as f32,
    underflow: -112.0,
    overflow: 90.0,
    // 1/(n + 2)!; the next term is below 2e-9 of eˣ − 1.
    exponential_series: [1.0 / 2.0, 1.0 / 6.0, 1.0 / 24.0, 1.0 / 120.0, 1.0 / 720.0, 1.0 / 5_040.0, 1.0 / 40_320.0],
    // 2/(2n + 3), of artanh; the next term is below 3e-9 of the sum.
    logarithm_series: [2.0 / 3.0, 2.0 / 5.0, 2.0 / 7.0, 2.0 / 9.0],
}

/// `e^(x + y)` for a small `y`, such as the rounding error of an `x` that was computed.
#[inline(always)]
pub(super) fn exp_of_sum(x: f32, y: f32) -> f32 {
    let (k, r) = reduce(bounded(x));
    scaled(1.0 + reduced_exp_m1(r + y), k)
}

#[cfg(test)]
mod tests {
    use crate::kernel::scalar::Scalar;

    /// The error in units in the last place of the exact result.
    fn ulps(value: f32, exact: f64) -> f64 {
        let rounded = exact as f32;
        if f64::from(value) == exact || value == rounded || (value.is_nan() && exact.is_nan()) {
            return 0.0;
        }
        let exponent = exact.abs().log2().floor().clamp(-126.0, 127.0);
        (f64::from(value) - exact).abs() / (exponent - 23.0).exp2()
    }

    /// The largest error of a function over numbers of all sizes, with where it is.
    fn largest_error(function: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) -> (f64, f32) {
        let special = [0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, f32::NAN, f32::MAX, f32::MIN, f32::MIN_POSITIVE, -1.0, 1.0, 1e-45, -1e-45];
        let every = (0..=u32::MAX).step_by(3989).map(f32::from_bits);
        let near_one = (0..400_000).map(|step| step as f32 * 1e-4 - 20.0);
        let edges = (0..40_000).map(|step| step as f32 * 1e-3 - 120.0).chain((0..10_000).map(|step| step as f32 * 1e-3 + 85.0));
        let mut largest = (0.0, 0.0);
        for x in special.into_iter().chain(every).chain(near_one).chain(edges) {
            let error = ulps(function(x), exact(f64::from(x)));
            assert!(!error.is_nan(), "{} at {x:e}, not {}", function(x), exact(f64::from(x)));
            if error > largest.0 {
                largest = (error, x);
            }
        }
        largest
    }

    #[track_caller]
    fn check(name: &str, bound: f64, function: impl Fn(f32) -> f32, exact: impl Fn(f64) -> f64) {
        let (error, x) = largest_error(function, exact);
        std::println!("{name}: {error:.3} ulp at {x:e}");
        assert!(error <= bound, "{name}: {error} ulp at {x:e}");
    }

    #[test]
    fn errors_are_within_their_bounds() {
        check("exp", 1.0, Scalar::exp, f64::exp);
        check("exp_m1", 2.0, Scalar::exp_m1, f64::exp_m1);
        check("ln", 1.0, Scalar::ln, f64::ln);
        check("ln_1p", 2.0, Scalar::ln_1p, f64::ln_1p);
        check("tanh", 2.5, Scalar::tanh, f64::tanh);
    }

    #[test]
    fn error_functions_are_within_their_bounds() {
        check("erf", 4.0, Scalar::erf, libm::erf);
        check("erfc", 7.0, Scalar::erfc, libm::erfc);
    }

    #[test]
    fn helpers_are_within_a_millionth() {
        use crate::kernel::math::{logistic as parts, sigmoid, softplus};
        let logistic = |x: f64| if x < 0.0 { x.exp() / (1.0 + x.exp()) } else { 1.0 / (1.0 + (-x).exp()) };
        check("sigmoid", 3.0, sigmoid, logistic);
        check("1 - sigmoid", 3.0, |x| parts(x).complement, |x| logistic(-x));
        check("softplus", 4.0, softplus, |x| x.max(0.0) + (-x.abs()).exp().ln_1p() + if x.is_nan() { x } else { 0.0 });
    }

    #[test]
    fn signs_of_zero_and_limits_are_kept() {
        for function in [Scalar::tanh, Scalar::erf, Scalar::exp_m1] {
            let function: fn(f32) -> f32 = function;
            assert_eq!(function(0.0).to_bits(), 0.0_f32.to_bits());
        }
        assert_eq!(Scalar::tanh(-0.0_f32).to_bits(), (-0.0_f32).to_bits());
        assert_eq!(Scalar::exp(f32::NEG_INFINITY), 0.0);
        assert_eq!(Scalar::exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(Scalar::exp(0.0_f32), 1.0);
        assert_eq!(Scalar::ln(1.0_f32), 0.0);
        assert_eq!(Scalar::ln_1p(-1.0_f32), f32::NEG_INFINITY);
        assert_eq!(Scalar::tanh(f32::INFINITY), 1.0);
        assert_eq!(Scalar::erfc(f32::NEG_INFINITY), 2.0);
    }
}
