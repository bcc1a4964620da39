use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [2, 2];
        head y = x -> softmax -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
