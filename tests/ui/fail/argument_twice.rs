use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1, bias = false, bias = true) { loss: mse }
    }
}

fn main() {}
