use mtl::prelude::*;

const SIDE: usize = 3;

multitask! {
    struct Model {
        input x: [8];
        head y = x -> Reshape([SIDE, SIDE]) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
