use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let left = x -> Dense(64);
        let right = x -> Dense(32);
        head age = (left, right) -> Add -> Dense(1) { loss: mse }
    }
}

fn main() {}
