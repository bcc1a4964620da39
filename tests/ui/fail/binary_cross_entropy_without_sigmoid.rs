use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1, relu) { loss: binary_cross_entropy }
    }
}

fn main() {}
