use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = body -> Dense(1) { loss: mse }
        let body = x -> Dense(8);
    }
}

fn main() {}
