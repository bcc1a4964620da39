use mtl::prelude::*;

multitask! {
    struct Model {
        input sound: [8, 2];
        head y = sound -> AveragePool1D([2, 2]) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
