use mtl::prelude::*;

const RATE: f64 = 1.5;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dropout(RATE) -> Dense(1) { loss: mse }
    }
}

fn main() {}
