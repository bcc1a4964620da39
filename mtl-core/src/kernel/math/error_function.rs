//! The error function in single precision.

use super::single::{exp_of_sum, polynomial};

/// `(−1)ⁿ / (n! (2n + 1))`: the Taylor series of `√π/2 erf(x)/x` in `x²`. The next term is below 3e-9 for `|x| < 1`.
const SERIES: [f32; 11] = [
    1.0,
    -1.0 / 3.0,
    1.0 / 10.0,
    -1.0 / 42.0,
    1.0 / 216.0,
    -1.0 / 1_320.0,
    1.0 / 9_360.0,
    -1.0 / 75_600.0,
    1.0 / 685_440.0,
    -1.0 / 6_894_720.0,
    1.0 / 76_204_800.0,
];

/// The minimax polynomial of `e^(x²) erfc(x) / t` in `t = 1/(1 + x/2)` for `0 ≤ x ≤ 10.5`; its error is 1.5e-8.
const TAIL: [f32; 10] =
    [0.282_058_42, 0.283_001_6, 0.237_211_52, 0.233_335_4, -0.124_030_56, 0.474_895_58, -0.741_037_2, 0.486_789_9, -0.149_686_44, 0.017_461_748];

/// `erfc(a)` for `a ≥ 0`.
#[inline(always)]
fn tail(a: f32) -> f32 {
    // Beyond this, 0 to rounding.
    let a = if a > 10.5 { 10.5 } else { a };
    let t = 1.0 / (1.0 + 0.5 * a);
    // `a²` as an exact square of its leading bits and a rest: the exponential would blow up its rounding error.
    let leading = f32::from_bits(a.to_bits() & 0xFFFF_F000);
    let rest = (a - leading) * (a + leading);
    t * polynomial(TAIL, t) * exp_of_sum(-leading * leading, -rest)
}

/// `erf(x)`: the Taylor series below 1, `1 − erfc(|x|)` with the sign of `x` above.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let a = x.abs();
    let near = core::f32::consts::FRAC_2_SQRT_PI * x * polynomial(SERIES, x * x);
    let far = (1.0 - tail(a)).copysign(x);
    if a < 1.0 { near } else { far }
}

/// `erfc(x) = 1 − erf(x)`, with its relative accuracy where it is small.
#[inline(always)]
pub(crate) fn erfc(x: f32) -> f32 {
    let tail = tail(x.abs());
    if x < 0.0 { 2.0 - tail } else { tail }
}
