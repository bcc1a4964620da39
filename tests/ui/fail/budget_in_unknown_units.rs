use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        budget { weights: 10 kilobytes }
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
