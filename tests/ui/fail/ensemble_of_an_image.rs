use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [4, 4, 3];
        head y = image -> Ensemble(8) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
