use mtl::prelude::*;

multitask! {
    struct Model {
        input x: class(12, other);
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
