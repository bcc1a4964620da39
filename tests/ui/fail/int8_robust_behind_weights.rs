use mtl::prelude::*;

multitask! {
    #[int8]
    struct Model {
        input x: [4];
        head y = x -> Normalize -> Dense(8, relu) -> Robust -> Dense(1) { loss: mse }
    }
}

fn main() {}
