use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [28, 28, 1];
        head y = image -> Dense(1) { loss: mse }
    }
}

fn main() {}
