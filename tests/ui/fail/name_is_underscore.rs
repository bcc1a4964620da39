use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let _ = x -> Dense(3);
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
