use mtl::prelude::*;

const CLASSES: usize = 3;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(CLASSES, softmax) { loss: categorical_cross_entropy, class_weights: [1, 2] }
    }
}

fn main() {}
