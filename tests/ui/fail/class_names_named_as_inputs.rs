use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head inputs = x -> Dense(softmax) { loss: categorical_cross_entropy, classes: { Poor, Good } }
    }
}

fn main() {}
