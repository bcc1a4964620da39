use mtl::prelude::*;

multitask! {
    #[independent]
    struct Model {
        input x: [4];
        head y = Flatten -> Dense(1) { loss: mse }
        head z = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
