use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let pair = (x, x -> Dense(4));
        head y = pair -> Dense(1) { loss: mse }
    }
}

fn main() {}
