use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        shared body = x -> Dense(8);
        head inputs = body -> Dense(1) { loss: mse }
        head Inputs = body -> Dense(1) { loss: mse }
    }
}

fn main() {}
