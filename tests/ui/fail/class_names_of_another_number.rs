use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(3, softmax) { loss: categorical_cross_entropy, classes: { Poor, Good } }
    }
}

fn main() {}
