use mtl::prelude::*;

multitask! {
    struct Model {
        #[column = "p"]
        input x: [3];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
