use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [8];
        head y = x -> GlobalAveragePool -> Dense(1) { loss: mse }
    }
}

fn main() {}
