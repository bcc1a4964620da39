use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(3, softmax) -> softmax { loss: categorical_cross_entropy }
    }
}

fn main() {}
