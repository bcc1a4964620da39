use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
enum Health {
    Poor,
    Good,
}

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(3, softmax) { loss: categorical_cross_entropy, classes: Health }
    }
}

fn main() {}
