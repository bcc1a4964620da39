use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> crate::Scale<4 -> Dense(1) { loss: mse }
    }
}

fn main() {}
