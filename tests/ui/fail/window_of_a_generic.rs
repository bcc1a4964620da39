use mtl::prelude::*;

multitask! {
    struct Model<const N: usize> {
        input sound: [N, 1];
        head y = sound -> Conv1D(4) -> GlobalAveragePool -> Dense(1) { loss: mse }
    }
}

fn main() {}
