use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        #[int8]
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
