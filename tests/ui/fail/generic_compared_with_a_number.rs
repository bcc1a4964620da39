use mtl::prelude::*;

multitask! {
    struct Model<const N: usize> {
        input x: [N];
        head y = (x, x -> Dense(4)) -> Add -> Dense(1) { loss: mse }
    }
}

fn main() {}
