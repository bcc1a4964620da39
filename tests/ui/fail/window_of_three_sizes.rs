use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [8, 8, 1];
        head y = image -> Conv2D(8, kernel = [3, 3, 3]) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
