use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(8) -> BatchNorm(momentum = 0.1) -> relu -> Dense(1) { loss: mse }
    }
}

fn main() {}
