use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, classes: 2 }
    }
}

fn main() {}
