use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let body = x -> Dense(8)
        head y = body -> Dense(1) { loss: mse }
    }
}

fn main() {}
