//! Rectifiers: the identity above 0, something smaller below.

use super::Activation;
use crate::kernel::scalar::Scalar;

/// `f(x) = max(x, 0)`; the derivative at 0 is 0, as in Keras.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relu;

impl Activation for Relu {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        // Not `max`: a NaN must come through, so that a broken input is seen.
        if x < T::ZERO { T::ZERO } else { x }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        if y > T::ZERO { T::ONE } else { T::ZERO }
    }
}

/// `f(x) = min(max(x, 0), 6)`; the derivative at 0 and at 6 is 0, as in Keras. Krizhevsky 2010.
#[derive(Clone, Copy, Debug, Default)]
pub struct Relu6;

impl Activation for Relu6 {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        let six = T::from_f64(6.0);
        let rectified = if x < T::ZERO { T::ZERO } else { x };
        if rectified > six { six } else { rectified }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        if y > T::ZERO && y < T::from_f64(6.0) { T::ONE } else { T::ZERO }
    }
}

/// `f(x) = x` above 0, `0.2 x` below, as `keras.activations.leaky_relu`; the derivative at 0 is 0.2. Maas, Hannun, Ng 2013.
#[derive(Clone, Copy, Debug, Default)]
pub struct LeakyRelu;

/// The slope of [`LeakyRelu`] below 0.
const SLOPE: f64 = 0.2;

impl Activation for LeakyRelu {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        if x > T::ZERO { x } else { x * T::from_f64(SLOPE) }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        if y > T::ZERO { T::ONE } else { T::from_f64(SLOPE) }
    }
}

/// `f(x) = x` above 0, `eˣ − 1` below (α = 1, as in Keras). `f′ = 1` or `y + 1`. Clevert, Unterthiner, Hochreiter 2016.
#[derive(Clone, Copy, Debug, Default)]
pub struct Elu;

impl Activation for Elu {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        let below = x.exp_m1();
        if x > T::ZERO { x } else { below }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        if y > T::ZERO { T::ONE } else { y + T::ONE }
    }
}

/// `f(x) = λ x` above 0, `λα (eˣ − 1)` below, with λ and α such that zero mean and unit variance are a fixed point.
///
/// `f′ = λ` or `y + λα`; at 0 it is λ. Klambauer, Unterthiner, Mayr, Hochreiter 2017.
#[derive(Clone, Copy, Debug, Default)]
pub struct Selu;

/// λ of Klambauer et al. 2017, section 2.
const SELU_SCALE: f64 = 1.050_700_987_355_480_5;
/// α of Klambauer et al. 2017, section 2.
const SELU_ALPHA: f64 = 1.673_263_242_354_377_3;

impl Activation for Selu {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        let above = x * T::from_f64(SELU_SCALE);
        let below = x.exp_m1() * T::from_f64(SELU_SCALE * SELU_ALPHA);
        if x > T::ZERO { above } else { below }
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        if y < T::ZERO { y + T::from_f64(SELU_SCALE * SELU_ALPHA) } else { T::from_f64(SELU_SCALE) }
    }
}
