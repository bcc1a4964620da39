//! Activations that flatten out on one side or both: sigmoid, tanh and their relatives.

use super::Activation;
use crate::kernel::math;
use crate::kernel::scalar::Scalar;

/// The logistic function `σ(x) = 1/(1 + e^−x)`; `f′ = y (1 − y)`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Sigmoid;

impl Activation for Sigmoid {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        math::sigmoid(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        y * (T::ONE - y)
    }
}

/// `min(max(x/6 + 1/2, 0), 1)`; the derivative is 1/6 strictly between −3 and 3, else 0, as in Keras.
#[derive(Clone, Copy, Debug, Default)]
pub struct HardSigmoid;

impl Activation for HardSigmoid {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        let line = (x + T::from_f64(3.0)) / T::from_f64(6.0);
        let rectified = if line < T::ZERO { T::ZERO } else { line };
        if rectified > T::ONE { T::ONE } else { rectified }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        if y > T::ZERO && y < T::ONE { T::from_f64(1.0 / 6.0) } else { T::ZERO }
    }
}

/// The hyperbolic tangent; `f′ = 1 − y²`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tanh;

impl Activation for Tanh {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x.tanh()
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        T::ONE - y * y
    }
}

/// `f(x) = ln(1 + eˣ)`, computed as `max(x, 0) + ln(1 + e^−|x|)`, which cannot overflow; `f′ = σ(x) = 1 − e^−y`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Softplus;

impl Activation for Softplus {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        math::softplus(x)
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        -(-y).exp_m1()
    }
}

/// `f(x) = x / (1 + |x|)`; `f′ = 1/(1 + |x|)² = (1 − |y|)²`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Softsign;

impl Activation for Softsign {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x / (T::ONE + x.abs())
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        let rest = T::ONE - y.abs();
        rest * rest
    }
}
