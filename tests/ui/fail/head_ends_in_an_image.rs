use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [4, 4, 1];
        head y = image -> relu { loss: mse }
    }
}

fn main() {}
