use mtl::prelude::*;

multitask! {
    struct Model {
        input x: { age, income? };
        input z: [2];
        head y = (x, z) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
