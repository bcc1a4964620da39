//! The identity and the exponential: the activations without a shape of their own.

use super::Activation;
use crate::kernel::scalar::Scalar;

/// `f(x) = x`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Linear;

impl Activation for Linear {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, _: T) -> T {
        T::ONE
    }
}

/// `f(x) = eˣ`, `f′ = y`: the rate of a Poisson head. Infinite from x = 89 on in `f32`, from 710 on in `f64`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Exponential;

impl Activation for Exponential {
    const FROM_OUTPUT: bool = true;
    #[inline(always)]
    fn value<T: Scalar>(x: T) -> T {
        x.exp()
    }
    #[inline(always)]
    fn derivative<T: Scalar>(_: T, y: T) -> T {
        y
    }
}
