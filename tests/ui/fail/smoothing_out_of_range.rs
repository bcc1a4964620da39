use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, label_smoothing: 1.0 }
    }
}

fn main() {}
