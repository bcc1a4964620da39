use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [28, 28, 3];
        head y = image -> LSTM(32) -> Dense(1) { loss: mse }
    }
}

fn main() {}
