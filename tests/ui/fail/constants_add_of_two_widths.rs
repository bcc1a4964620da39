use mtl::prelude::*;

const LEFT: usize = 64;
const RIGHT: usize = 32;

multitask! {
    struct Model {
        input x: [4];
        head y = (x -> Dense(LEFT), x -> Dense(RIGHT)) -> Add -> Dense(1) { loss: mse }
    }
}

fn main() {}
