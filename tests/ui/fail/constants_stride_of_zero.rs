use mtl::prelude::*;

const STRIDE: usize = 0;

multitask! {
    struct Model {
        input sound: [8, 1];
        head y = sound -> Conv1D(4, stride = STRIDE) -> GlobalAveragePool -> Dense(1) { loss: mse }
    }
}

fn main() {}
