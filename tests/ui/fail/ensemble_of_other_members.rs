use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Ensemble(8) -> Conv1D(3, relu, kernel = 1) -> Ensemble(4) -> GlobalAveragePool -> Dense(1) { loss: mse }
    }
}

fn main() {}
