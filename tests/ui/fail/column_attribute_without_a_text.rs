use mtl::prelude::*;

multitask! {
    struct Model {
        #[column(age)]
        input x: [1];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
