use mtl::prelude::*;

multitask! {
    struct Model {
        input x: one_of(3);
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
