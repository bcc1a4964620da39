use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        shard body = x -> Dense(8);
        head y = body -> Dense(1) { loss: mse }
        head z = body -> Dense(1) { loss: mse }
    }
}

fn main() {}
