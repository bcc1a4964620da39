use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [2];
        head y = x -> Normalize(indicator = true) -> Dense(1) { loss: mse }
    }
}

fn main() {}
