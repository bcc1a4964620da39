use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        input image: [2, 2, 1];
        head y = (x, image) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
