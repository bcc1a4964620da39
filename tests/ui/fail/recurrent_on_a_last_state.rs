use mtl::prelude::*;

multitask! {
    struct Model {
        input days: [14, 6];
        head y = days -> Gru(32) -> Dropout(0.1) -> Gru(16) -> Dense(1) { loss: mse }
    }
}

fn main() {}
