use mtl::prelude::*;

multitask! {
    struct Model {
        input x: { age, income, age };
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
