use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [relu];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
