use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head batch = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
