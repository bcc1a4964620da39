use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> crate:: { loss: mse }
    }
}

fn main() {}
