use mtl::prelude::*;

multitask! {
    struct Model {
        input month: class(12);
        head y = month -> Lstm(8) -> Dense(1) { loss: mse }
    }
}

fn main() {}
