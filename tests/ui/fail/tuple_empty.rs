use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = () -> Concat -> Dense(1) { loss: mse }
        head z = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
