use mtl::prelude::*;

multitask! {
    struct Model {
        input x: { age, 3 };
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
