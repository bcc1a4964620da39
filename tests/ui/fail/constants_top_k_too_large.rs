use mtl::prelude::*;

const CLASSES: usize = 3;
const K: usize = 4;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(CLASSES, softmax) { loss: categorical_cross_entropy, metrics: [top_k(K)] }
    }
}

fn main() {}
