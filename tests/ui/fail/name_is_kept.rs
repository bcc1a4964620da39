use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head __values = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
