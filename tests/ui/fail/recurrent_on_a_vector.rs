use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [16];
        head y = x -> Gru(8) -> Dense(1) { loss: mse }
    }
}

fn main() {}
