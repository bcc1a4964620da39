use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [8, 8, 1];
        head y = image -> MaxPool2D(2, stride = 0) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
