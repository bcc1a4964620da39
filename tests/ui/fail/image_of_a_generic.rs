use mtl::prelude::*;

multitask! {
    struct Model<const N: usize> {
        input x: [N, N];
        head y = x -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
