use mtl::prelude::*;

multitask! {
    struct Model {
        input x: { age, type };
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
