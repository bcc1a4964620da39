use mtl::prelude::*;

const RARE: f64 = 0.0;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, class_weights: [0, RARE] }
    }
}

fn main() {}
