use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [4, 4, 1];
        head y = image -> Conv2D(8, relu, kernel = 5) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
