use mtl::prelude::*;

multitask! {
    #[derive(Clone)]
    struct Model {
        input x: [4];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
