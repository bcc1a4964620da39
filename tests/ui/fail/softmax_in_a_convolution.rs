use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [8, 8, 1];
        head y = image -> Conv2D(4, softmax) -> Flatten { loss: mse }
    }
}

fn main() {}
