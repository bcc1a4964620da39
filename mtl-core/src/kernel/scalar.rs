//! The scalar types that models compute in.

use core::fmt::{Debug, Display};
use core::iter::Sum;
use num_traits::{Float, NumAssign};

use super::fused;
use super::math::{double, error_function, single};
use super::vector::Vectorized;
use crate::flat::{AnyBits, Flat};

/// A floating-point type that a model can compute in: `f32` or `f64`.
///
/// Transcendental functions are named here, not taken from `num_traits::Float`, so that they can have
/// vectorisable implementations that give the same result on every path: see [`kernel::math`](crate::kernel::math) for their errors.
#[diagnostic::on_unimplemented(
    message = "a model computes in `f32` or `f64`, and not in `{Self}`",
    note = "where it is not known, write the type: `let model: Patient = ..`, or `Patient::<f32>::new(..)`"
)]
pub trait Scalar:
    nalgebra::Scalar
    + NumAssign
    + Copy
    + PartialOrd
    + core::ops::Neg<Output = Self>
    + Sum
    + Default
    + Debug
    + Display
    + Send
    + Sync
    + Flat<Self>
    + AnyBits
    + Vectorized
    + 'static
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// The largest finite value.
    const MAX: Self;
    /// The name of the type, as safetensors spells it: `F32`, `F64`.
    const NAME: &'static str;

    /// The nearest value of this type.
    fn from_f64(value: f64) -> Self;
    /// The exact value.
    fn to_f64(self) -> f64;
    /// `self · factor + term` with one rounding. Call it where the instruction set has it: see [`crate::InstructionSet::mul_add`].
    fn fused_mul_add(self, factor: Self, term: Self) -> Self;
    /// √x.
    fn sqrt(self) -> Self;
    /// eˣ.
    fn exp(self) -> Self;
    /// eˣ − 1, exact near 0.
    fn exp_m1(self) -> Self;
    /// Natural logarithm.
    fn ln(self) -> Self;
    /// ln(1 + x), exact near 0.
    fn ln_1p(self) -> Self;
    /// Hyperbolic tangent.
    fn tanh(self) -> Self;
    /// The error function, `2/√π ∫₀ˣ e^(−t²) dt`.
    fn erf(self) -> Self;
    /// `1 − erf(x)`, with its relative accuracy where it is small.
    fn erfc(self) -> Self;
    /// xʸ.
    fn powf(self, exponent: Self) -> Self;
    /// |x|.
    fn abs(self) -> Self;
    /// The larger of two numbers; the other one where one is NaN.
    fn max(self, other: Self) -> Self;
    /// The smaller of two numbers; the other one where one is NaN.
    fn min(self, other: Self) -> Self;
    /// Neither infinite nor NaN.
    fn is_finite(self) -> bool;
}

macro_rules! scalar {
    ($type:ty, $name:literal, $precision:ident, $erf:path, $erfc:path) => {
        impl Scalar for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const MAX: Self = <$type>::MAX;
            const NAME: &'static str = $name;

            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "rounding to the nearest is what is promised")]
            fn from_f64(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn fused_mul_add(self, factor: Self, term: Self) -> Self {
                fused::$precision(self, factor, term)
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                Float::sqrt(self)
            }
            #[inline(always)]
            fn exp(self) -> Self {
                $precision::exp(self)
            }
            #[inline(always)]
            fn exp_m1(self) -> Self {
                $precision::exp_m1(self)
            }
            #[inline(always)]
            fn ln(self) -> Self {
                $precision::ln(self)
            }
            #[inline(always)]
            fn ln_1p(self) -> Self {
                $precision::ln_1p(self)
            }
            #[inline(always)]
            fn tanh(self) -> Self {
                $precision::tanh(self)
            }
            #[inline(always)]
            fn erf(self) -> Self {
                $erf(self)
            }
            #[inline(always)]
            fn erfc(self) -> Self {
                $erfc(self)
            }
            #[inline(always)]
            fn powf(self, exponent: Self) -> Self {
                Float::powf(self, exponent)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                Float::abs(self)
            }
            #[inline(always)]
            fn max(self, other: Self) -> Self {
                if other.is_nan() || self > other { self } else { other }
            }
            #[inline(always)]
            fn min(self, other: Self) -> Self {
                if other.is_nan() || self < other { self } else { other }
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                Float::is_finite(self)
            }
        }
    };
}

scalar!(f32, "F32", single, error_function::erf, error_function::erfc);
scalar!(f64, "F64", double, libm::erf, libm::erfc);
