use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dropout(0.1, 0.2) -> Dense(1) { loss: mse }
    }
}

fn main() {}
