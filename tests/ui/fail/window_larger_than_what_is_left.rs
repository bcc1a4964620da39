use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [6, 9, 1];
        head y = image -> Conv2D(8, relu) -> MaxPool2D -> Conv2D(8) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
