use mtl::prelude::*;

multitask! {
    struct Model {
        input x: { age, income };
        head y = x -> Impute -> Dense(1) { loss: mse }
    }
}

fn main() {}
