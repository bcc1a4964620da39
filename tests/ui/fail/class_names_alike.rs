use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(softmax) { loss: categorical_cross_entropy, classes: { Poor, Good, Fair = "good" } }
    }
}

fn main() {}
