//! Activations against Keras in double precision (`reference/activations.json`, made by `tests/reference/generate.py` of the workspace).

use crate::reference::{Reference, assert_close};
use mtl_core::activation::{
    Activation, Elu, Every, Exponential, Gelu, HardSigmoid, HardSilu, LeakyRelu, Linear, Mish, Relu, Relu6, Selu, Sigmoid, Silu, Softplus, Softsign,
    Tanh,
};

fn check<A: Activation>(reference: &Reference, name: &str) {
    let case = reference.case("activation", name);
    // TensorFlow holds the slope of `leaky_relu` in single precision, also in double: 0.20000000298.
    let tolerance = if name == "leaky_relu" { 2e-8 } else { 1e-9 };
    for ((&x, &value), &derivative) in case.vector("x").iter().zip(&case.vector("value")).zip(&case.vector("derivative")) {
        let y = A::value(x);
        assert_close(y, value, tolerance, &format!("{name}({x})"));
        let slope = A::derivative(if A::FROM_OUTPUT { y } else { x }, y);
        assert_close(slope, derivative, tolerance, &format!("{name}′({x})"));
    }
}

#[test]
fn activations_are_keras_s() {
    let reference = Reference::load("activations");
    for activation in Every::ALL {
        match activation {
            Every::Relu => check::<Relu>(&reference, "relu"),
            Every::Relu6 => check::<Relu6>(&reference, "relu6"),
            Every::LeakyRelu => check::<LeakyRelu>(&reference, "leaky_relu"),
            Every::Elu => check::<Elu>(&reference, "elu"),
            Every::Selu => check::<Selu>(&reference, "selu"),
            Every::Silu => check::<Silu>(&reference, "silu"),
            Every::Sigmoid => check::<Sigmoid>(&reference, "sigmoid"),
            Every::HardSigmoid => check::<HardSigmoid>(&reference, "hard_sigmoid"),
            Every::Tanh => check::<Tanh>(&reference, "tanh"),
            Every::Softplus => check::<Softplus>(&reference, "softplus"),
            Every::Softsign => check::<Softsign>(&reference, "softsign"),
            Every::Mish => check::<Mish>(&reference, "mish"),
            Every::Exponential => check::<Exponential>(&reference, "exponential"),
            Every::HardSilu => check::<HardSilu>(&reference, "hard_silu"),
            // Below.
            Every::Gelu => {}
            // `linear` is no case of the file: its value is its argument.
            Every::Linear => assert!(Linear::value(1.5) == 1.5 && Linear::derivative(1.5, 1.5) == 1.0),
        }
    }
    assert_eq!(reference.len(), 15, "every case of the file is checked, `gelu` below");
}

/// TensorFlow rounds the √½ of `gelu` to single precision, also in double. With it rounded so our formulas give its figures, and ours differ by as little.
#[test]
fn gelu_is_keras_s_but_for_its_rounded_constant() {
    let rounded = f64::from(std::f32::consts::FRAC_1_SQRT_2);
    let reference = Reference::load("activations");
    let case = reference.case("activation", "gelu");
    for ((&x, &value), &derivative) in case.vector("x").iter().zip(&case.vector("value")).zip(&case.vector("derivative")) {
        let distribution = 0.5 * libm::erfc(-x * rounded);
        let density = rounded / std::f64::consts::PI.sqrt() * (-(x * rounded).powi(2)).exp();
        assert_close(x * distribution, value, 1e-9, &format!("gelu({x})"));
        assert_close(distribution + x * density, derivative, 1e-9, &format!("gelu′({x})"));
        assert!((Gelu::value(x) - value).abs() < 3e-8 && (Gelu::derivative(x, Gelu::value(x)) - derivative).abs() < 3e-8, "gelu({x})");
    }
}
