use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let a = b -> Dense(8);
        let b = c -> Dense(8);
        let c = a -> Dense(8);
        head y = c -> Dense(1) { loss: mse }
        head z = x -> Dense(1) { loss: mse }
    }
}

fn main() {}
