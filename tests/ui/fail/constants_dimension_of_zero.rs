use mtl::prelude::*;

const UNITS: usize = 0;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(UNITS) -> Dense(1) { loss: mse }
    }
}

fn main() {}
