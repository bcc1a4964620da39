use mtl::prelude::*;

const SIDE: usize = 8;
const WINDOW: usize = 5;

multitask! {
    struct Model {
        input image: [SIDE, SIDE, 1];
        head y = image -> MaxPool2D -> Conv2D(4, relu, kernel = WINDOW) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
