use mtl::prelude::*;

const WORKSPACE: usize = 700;

multitask! {
    struct Model {
        input x: [16];
        shared body = x -> Dense(64, relu) -> Dense(64, relu);
        head stay = body -> Dense(20, relu) -> Dense(1) { loss: mse }
        head disease = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
        budget { parameters: 5_000, weights: 32 KiB, workspace: WORKSPACE, multiply_adds: 10_000 }
    }
}

fn main() {}
