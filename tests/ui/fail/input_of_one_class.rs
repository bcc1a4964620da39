use mtl::prelude::*;

multitask! {
    struct Model {
        input x: class(1);
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
