use mtl::prelude::*;

multitask! {
    struct Model<const FEATURES: usize, const UNITS: usize = 8> {
        input x: [FEATURES];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
