use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(8) -> LeakyReLU -> Dense(1) { loss: mse }
    }
}

fn main() {}
