use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let a_b = x -> Dense(8);
        let a__b = a_b -> Dense(8);
        head y = a__b -> Dense(1) { loss: mse }
    }
}

fn main() {}
