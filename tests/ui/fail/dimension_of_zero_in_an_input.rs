use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [0];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
