use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let a = x -> Dense(4);
        let b = x -> Dense(5);
        tie (a, b) { l2: 0.1 }
        head y = (a, b) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
