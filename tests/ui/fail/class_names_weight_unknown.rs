use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(softmax) { loss: categorical_cross_entropy, classes: { Poor, Good }, class_weights: { Pooor: 2.0 } }
    }
}

fn main() {}
