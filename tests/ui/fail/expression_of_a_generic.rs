use mtl::prelude::*;

multitask! {
    struct Model<const N: usize> {
        input x: [{ N + 1 }];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
