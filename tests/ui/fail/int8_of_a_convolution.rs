use mtl::prelude::*;

multitask! {
    #[int8]
    struct Model {
        input image: [8, 8, 1];
        head y = image -> Conv2D(4, relu) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
