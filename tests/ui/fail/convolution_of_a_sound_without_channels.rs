use mtl::prelude::*;

multitask! {
    struct Model {
        input sound: [100];
        head y = sound -> Conv1D(8, stride = 2) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
