use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Health {
    Poor,
    Good,
}

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(2, softmax) { loss: categorical_cross_entropy, classes: Health, metrics: [confusion] }
    }
}

fn main() {}
