use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        shared body = x -> Dense(8);
        head y = body -> Dense(1, softmax) { loss: categorical_cross_entropy }
        head z = body -> Dense(2) { loss: binary_cross_entropy }
        head w = body -> Dense(0) { loss: mse, weight: -1 }
    }
}

fn main() {}
