use mtl::prelude::*;

multitask! {
    struct Model {
        input x: {};
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
