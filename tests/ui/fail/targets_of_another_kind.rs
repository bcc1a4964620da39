use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1) { loss: mse, targets: normalized }
    }
}

fn main() {}
