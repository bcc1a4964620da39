use mtl::prelude::*;

multitask! {
    struct Model {
        input x: one_of { North, South, North };
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
