use mtl::prelude::*;

multitask! {
    struct Model {
        #[column = "p{}_{}"]
        input x: [2, 3];
        head y = x -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
