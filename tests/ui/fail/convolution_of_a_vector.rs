use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [64];
        head y = image -> Conv2D(8) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
