//! Element-wise activations, each with Keras's definition and its derivative beside it.
//!
//! NaN comes through every one of them, so that a broken input is seen and not hidden.

mod gated;
mod identity;
mod rectifier;
mod saturating;

crate::every::every! {
    gated::Gelu,
    gated::HardSilu,
    gated::Mish,
    gated::Silu,
    identity::Exponential,
    identity::Linear,
    rectifier::Elu,
    rectifier::LeakyRelu,
    rectifier::Relu,
    rectifier::Relu6,
    rectifier::Selu,
    saturating::HardSigmoid,
    saturating::Sigmoid,
    saturating::Softplus,
    saturating::Softsign,
    saturating::Tanh,
}

use crate::kernel::InstructionSet;
use crate::kernel::scalar::Scalar;

/// An element-wise activation `y = f(x)`.
///
/// Implement it on a unit struct and write its path in a model where an activation goes: `Dense(64, crate::Snake)` or `-> crate::Snake`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an activation",
    label = "a step or activation of your own stands here",
    note = "implement `mtl::activation::Activation` for `{Self}`, or write the name of an activation of the language, such as `relu`; a layer of your own stands with its parentheses, `crate::Scale(..)`"
)]
pub trait Activation: Copy + Default + 'static {
    /// The derivative can be computed from `y` alone. Then `x` is not kept, and [`derivative`](Self::derivative) is called with `x = y`.
    const FROM_OUTPUT: bool = false;

    /// `f(x)`.
    fn value<T: Scalar>(x: T) -> T;

    /// `f′(x)`, given `x` and `y = f(x)`.
    fn derivative<T: Scalar>(x: T, y: T) -> T;
}

/// Puts an activation in place of each value.
#[inline(always)]
pub(crate) fn apply<S: InstructionSet, T: Scalar, A: Activation>(values: &mut [T]) {
    #[inline(always)]
    fn each<T: Scalar, A: Activation>(values: &mut [T]) {
        for value in values {
            *value = A::value(*value);
        }
    }
    #[inline(never)]
    fn shared<T: Scalar, A: Activation>(values: &mut [T]) {
        each::<T, A>(values);
    }
    if const { S::COMPACT } { shared::<T, A>(values) } else { each::<T, A>(values) }
}

/// Takes gradients back through an activation that was [applied](apply) in place, `∂x = ∂y f′`, by its outputs.
#[inline(always)]
pub(crate) fn pull_back<T: Scalar, A: Activation>(gradients: &mut [T], outputs: &[T]) {
    for (g, &y) in gradients.iter_mut().zip(outputs) {
        *g *= A::derivative(y, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs a check on every activation: its name in Keras, and the points where it has a kink.
    macro_rules! every_activation {
        ($check:ident) => {
            for activation in Every::ALL {
                match activation {
                    Every::Relu => $check::<Relu>("relu", &[0.0]),
                    Every::Relu6 => $check::<Relu6>("relu6", &[0.0, 6.0]),
                    Every::LeakyRelu => $check::<LeakyRelu>("leaky_relu", &[0.0]),
                    Every::Elu => $check::<Elu>("elu", &[]),
                    Every::Selu => $check::<Selu>("selu", &[0.0]),
                    Every::Gelu => $check::<Gelu>("gelu", &[]),
                    Every::Silu => $check::<Silu>("silu", &[]),
                    Every::Mish => $check::<Mish>("mish", &[]),
                    Every::Sigmoid => $check::<Sigmoid>("sigmoid", &[]),
                    Every::HardSigmoid => $check::<HardSigmoid>("hard_sigmoid", &[-3.0, 3.0]),
                    Every::Tanh => $check::<Tanh>("tanh", &[]),
                    Every::Softplus => $check::<Softplus>("softplus", &[]),
                    Every::Softsign => $check::<Softsign>("softsign", &[]),
                    Every::Exponential => $check::<Exponential>("exponential", &[]),
                    Every::HardSilu => $check::<HardSilu>("hard_silu", &[-3.0, 3.0]),
                    Every::Linear => $check::<Linear>("linear", &[]),
                }
            }
        };
    }

    /// The derivative as a layer takes it: from the output alone where that is promised.
    fn derivative<A: Activation>(x: f64) -> f64 {
        let y = A::value(x);
        A::derivative(if A::FROM_OUTPUT { y } else { x }, y)
    }

    #[test]
    fn central_differences_agree_with_the_derivative() {
        fn check<A: Activation>(name: &str, kinks: &[f64]) {
            for step in -80..=80 {
                let x = f64::from(step) * 0.1 + 0.013;
                if kinks.iter().any(|kink| (x - kink).abs() < 1e-2) {
                    continue;
                }
                // Richardson's extrapolation of two central differences: the error is of the fourth order.
                let difference = |h: f64| (A::value(x + h) - A::value(x - h)) / (2.0 * h);
                let numeric = (4.0 * difference(1e-3) - difference(2e-3)) / 3.0;
                let exact = derivative::<A>(x);
                assert!((numeric - exact).abs() <= 1e-6 * exact.abs() + 1e-11, "{name} at {x}: {exact}, differences give {numeric}");
            }
        }
        every_activation!(check);
    }

    #[test]
    fn single_precision_agrees_with_double() {
        fn check<A: Activation>(name: &str, _: &[f64]) {
            for step in -400..=400 {
                let x = step as f32 * 0.1;
                let (value, exact) = (f64::from(A::value(x)), A::value(f64::from(x)));
                // `hard_silu` and the like subtract near their kinks: an error relative to x is what can be had there.
                assert!((value - exact).abs() <= 2e-6 * exact.abs() + 1e-7 * f64::from(x.abs()).min(1.0), "{name} at {x}: {value}, {exact}");
            }
        }
        every_activation!(check);
    }

    #[test]
    fn nan_comes_through() {
        fn check<A: Activation>(name: &str, _: &[f64]) {
            assert!(A::value(f32::NAN).is_nan() && A::value(f64::NAN).is_nan(), "{name}");
        }
        every_activation!(check);
    }

    #[test]
    fn large_arguments_give_no_nan() {
        fn check<A: Activation>(name: &str, _: &[f64]) {
            for x in [1e3_f64, 1e9, 1e30] {
                for x in [x, -x] {
                    let (y, wide) = (A::value(x as f32), A::value(x * x));
                    assert!(!y.is_nan() && !wide.is_nan(), "{name} at {x}");
                    let slope = A::derivative(if A::FROM_OUTPUT { y } else { x as f32 }, y);
                    assert!(!slope.is_nan() && !derivative::<A>(x * x).is_nan(), "derivative of {name} at {x}");
                    assert!(name == "exponential" || slope.is_finite(), "derivative of {name} at {x}");
                }
            }
        }
        every_activation!(check);
    }

    #[test]
    fn tails_keep_their_relative_accuracy() {
        // From mpmath with 30 digits.
        for (value, exact) in [
            (Gelu::value(-10.0), -7.619_853_024_160_526e-23),
            (Gelu::derivative(-10.0, Gelu::value(-10.0)), -7.618_400_096_464_814e-22),
            (Silu::value(-30.0), -2.807_286_890_651_79e-12),
            (Mish::value(-30.0), -2.807_286_890_651_921e-12),
            (Sigmoid::value(-700.0), 9.859_676_543_759_77e-305),
            (Softplus::value(-700.0), 9.859_676_543_759_77e-305),
        ] {
            assert!(((value - exact) / exact).abs() < 1e-12, "{value}, {exact}");
        }
        assert!((Gelu::value(-5.0_f32) / -1.433_257_9e-6 - 1.0).abs() < 4e-6);
        assert!((Sigmoid::value(-95.0_f32) / 5.5211e-42 - 1.0).abs() < 1e-3, "a denormal, not zero");
    }
}
