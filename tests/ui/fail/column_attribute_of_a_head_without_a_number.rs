use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [3];
        #[column = "target"]
        head y = x -> Dense(2) { loss: mse }
    }
}

fn main() {}
