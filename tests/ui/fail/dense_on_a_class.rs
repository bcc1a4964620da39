use mtl::prelude::*;

multitask! {
    struct Model {
        input month: class(12);
        head y = month -> Dense(1) { loss: mse }
    }
}

fn main() {}
