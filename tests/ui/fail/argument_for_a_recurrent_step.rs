use mtl::prelude::*;

multitask! {
    struct Model {
        input days: [14, 6];
        head y = days -> Gru(8, relu) -> Dense(1) { loss: mse }
    }
}

fn main() {}
