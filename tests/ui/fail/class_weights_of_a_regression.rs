use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1) { loss: mse, class_weights: [1, 2] }
    }
}

fn main() {}
