use mtl::prelude::*;

const CLASSES: usize = 1;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(CLASSES, softmax) { loss: categorical_cross_entropy }
    }
}

fn main() {}
