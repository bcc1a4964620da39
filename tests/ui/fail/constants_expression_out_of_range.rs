use mtl::prelude::*;

const PERCENT: f64 = 5.0;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> BatchNorm(momentum = { 1.0 - PERCENT / 100.0 * 30.0 }) -> Dense(1) { loss: mse }
    }
}

fn main() {}
