use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let a = x -> Dense(8) { loss: mse }
        head y = a -> Dense(1) { loss: mse }
    }
}

fn main() {}
