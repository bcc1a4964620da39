use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(2) { loss: mse, classes: { Poor, Good } }
    }
}

fn main() {}
