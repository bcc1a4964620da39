use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Transformer(8) -> Dense(1) { loss: mse }
    }
}

fn main() {}
