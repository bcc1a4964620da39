use mtl::prelude::*;

multitask! {
    struct Model {
        input zone: class(5);
        head y = zone -> Conv1D(8) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
