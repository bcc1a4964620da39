use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1, init = he_nromal) { loss: mse }
    }
}

fn main() {}
