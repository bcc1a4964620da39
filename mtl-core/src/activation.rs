//! Element-wise activations, each with Keras's definition and its derivative beside it.

use crate::Scalar;

/// An element-wise activation `y = f(x)`.
///
/// Implement it on a unit struct and write its path in a model where an activation goes: `Dense(64, crate::Snake)` or `-> crate::Snake`.
pub trait Activation: Copy + Default + 'static {
    /// The derivative can be computed from `y` alone. Then `x` is not kept, and [`derivative`](Self::derivative) is called with `x = y`.
    const FROM_OUTPUT: bool = false;

    /// `f(x)`.
    fn value<T: Scalar>(x: T) -> T;

    /// `f′(x)`, given `x` and `y = f(x)`.
    fn derivative<T: Scalar>(x: T, y: T) -> T;
}

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
