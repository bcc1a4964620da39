use mtl::prelude::*;

multitask! {
    #[int8(per_tensor)]
    struct Model {
        input x: [4];
        head y = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
