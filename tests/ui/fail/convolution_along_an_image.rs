use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [8, 8, 1];
        head y = image -> Conv1D(8) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
