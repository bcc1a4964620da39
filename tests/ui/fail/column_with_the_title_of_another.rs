use mtl::prelude::*;

multitask! {
    struct Model {
        input x: { age, #[column = "age"] years };
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
