use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1, softplus) { loss: mse, targets: standardized }
    }
}

fn main() {}
