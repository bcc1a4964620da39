//! Activations as operators.

use mtl_core::activation::Every;

use super::build::{Builder, float};

/// The value after an activation of the language.
pub(super) fn add(to: &mut Builder<'_>, activation: Every, value: &str) -> String {
    let plain = |to: &mut Builder<'_>, operator: &str| to.node(operator, &[value], Vec::new());
    match activation {
        Every::Linear => value.to_owned(),
        Every::Relu => plain(to, "Relu"),
        Every::Selu => plain(to, "Selu"),
        Every::Sigmoid => plain(to, "Sigmoid"),
        Every::Softplus => plain(to, "Softplus"),
        Every::Softsign => plain(to, "Softsign"),
        Every::Tanh => plain(to, "Tanh"),
        Every::Exponential => plain(to, "Exp"),
        Every::HardSilu => plain(to, "HardSwish"),
        Every::Elu => to.node("Elu", &[value], vec![float("alpha", 1.0)]),
        Every::LeakyRelu => to.node("LeakyRelu", &[value], vec![float("alpha", 0.2)]),
        Every::HardSigmoid => to.node("HardSigmoid", &[value], vec![float("alpha", 1.0 / 6.0), float("beta", 0.5)]),
        Every::Relu6 => {
            let (low, high) = (to.real(0.0), to.real(6.0));
            to.node("Clip", &[value, &low, &high], Vec::new())
        }
        // The operator of its own came with opset 20.
        Every::Gelu => {
            let scaled = to.with_real("Mul", value, std::f64::consts::FRAC_1_SQRT_2);
            let erf = to.node("Erf", &[&scaled], Vec::new());
            let above = to.with_real("Add", &erf, 1.0);
            let half = to.with_real("Mul", value, 0.5);
            to.node("Mul", &[&half, &above], Vec::new())
        }
        Every::Silu => {
            let gate = plain(to, "Sigmoid");
            to.node("Mul", &[value, &gate], Vec::new())
        }
        // The operator of its own came with opset 18.
        Every::Mish => {
            let softplus = plain(to, "Softplus");
            let gate = to.node("Tanh", &[&softplus], Vec::new());
            to.node("Mul", &[value, &gate], Vec::new())
        }
    }
}
