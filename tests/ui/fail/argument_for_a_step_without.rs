use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Flatten(2) -> Dense(1) { loss: mse }
    }
}

fn main() {}
