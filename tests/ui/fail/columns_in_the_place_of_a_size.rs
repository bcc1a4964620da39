use mtl::prelude::*;

const WIDTH: usize = 2;

multitask! {
    struct Model {
        input x: { WIDTH * 2 };
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
