use mtl::prelude::*;

multitask! {
    struct Model {
        input sound: [4, 2];
        head y = sound -> MaxPool1D(8) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
