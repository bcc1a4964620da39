//! Activations `x · gate(x)` with a smooth gate between 0 and 1. They are not monotonic, so their derivative needs `x`.

use super::{Activation, HardSigmoid};
use crate::kernel::math;
use crate::kernel::scalar::Scalar;

/// `f(x) = x Φ(x)`, Φ the normal distribution function; exact, not the tanh approximation, as Keras's default.
///
/// `Φ(x) = ½ erfc(−x/√2)` keeps its relative accuracy where it is small. `f′ = Φ(x) + x φ(x)`, φ the normal density.
/// Hendrycks, Gimpel 2016.
#[derive(Clone, Copy, Debug, Default)]
pub struct Gelu;

/// `Φ(x)`.
#[inline(always)]
fn normal_distribution<T: Scalar>(x: T) -> T {
    T::from_f64(0.5) * (x * T::from_f64(-core::f64::consts::FRAC_1_SQRT_2)).erfc()
}

impl Activation for Gelu {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x * normal_distribution(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        const ONE_OVER_SQRT_TAU: f64 = 0.398_942_280_401_432_7;
        // The density is 0 long before |x| = 100, and `x · x` must not become infinite and then NaN.
        let limit = T::from_f64(100.0);
        let bounded = if x > limit { limit } else { x };
        let bounded = if bounded < -limit { -limit } else { bounded };
        let density = (bounded * bounded * T::from_f64(-0.5)).exp() * T::from_f64(ONE_OVER_SQRT_TAU);
        normal_distribution(x) + bounded * density
    }
}

/// `f(x) = x σ(x)`, also called swish; `f′ = σ(x) (1 + x (1 − σ(x)))`. Ramachandran, Zoph, Le 2017.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silu;

impl Activation for Silu {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x * math::sigmoid(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let logistic = math::logistic(x);
        logistic.sigmoid + x * logistic.sigmoid * logistic.complement
    }
}

/// `f(x) = x tanh(ln(1 + eˣ))`. Misra 2019.
///
/// With `e = e^−|x|`, `tanh(ln(1 + eˣ))` is `(1 + 2e)/(1 + 2e + 2e²)` for x ≥ 0 and `e(e + 2)/(e(e + 2) + 2)` below: one exponential, no overflow.
/// `f′ = t + x σ(x) (1 − t²)` with `t` this gate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Mish;

/// `tanh(ln(1 + eˣ))`.
#[inline(always)]
fn mish_gate<T: Scalar>(x: T) -> T {
    let two = T::from_f64(2.0);
    let e = (-x.abs()).exp();
    let above = T::ONE + two * e;
    let below = e * (e + two);
    let numerator = if x < T::ZERO { below } else { above };
    let rest = if x < T::ZERO { two } else { two * e * e };
    numerator / (numerator + rest)
}

impl Activation for Mish {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x * mish_gate(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let gate = mish_gate(x);
        gate + x * math::sigmoid(x) * (T::ONE - gate * gate)
    }
}

/// `f(x) = x · min(max(x/6 + 1/2, 0), 1)`, also called hard swish; the derivative is 0 at −3 and 1 at 3, as in Keras. Howard 2019.
#[derive(Clone, Copy, Debug, Default)]
pub struct HardSilu;

impl Activation for HardSilu {
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x * HardSigmoid::value(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(x: T, _: T) -> T {
        let gate = HardSigmoid::value(x);
        gate + x * HardSigmoid::derivative(gate, gate)
    }
}
