use mtl::prelude::*;

multitask! {
    struct Model<const N: usize> {
        input x: [N];
        head y = x -> Dropout(N) -> Dense(1) { loss: mse }
    }
}

fn main() {}
