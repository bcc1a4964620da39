use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4, 2];
        head y = x -> Periodic(3) -> Dense(1) { loss: mse }
    }
}

fn main() {}
