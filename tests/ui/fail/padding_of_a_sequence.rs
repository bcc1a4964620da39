use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [28, 28];
        head y = image -> ZeroPadding2D(1) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
