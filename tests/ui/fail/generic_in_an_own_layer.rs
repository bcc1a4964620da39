use mtl::prelude::*;

multitask! {
    struct Model<const N: usize> {
        input x: [N];
        head y = x -> crate::Scale<N> -> Dense(1) { loss: mse }
    }
}

fn main() {}
