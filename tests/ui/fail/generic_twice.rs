use mtl::prelude::*;

multitask! {
    struct Model<const N: usize, const N: usize> {
        input x: [N];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
