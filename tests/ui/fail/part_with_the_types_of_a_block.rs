use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        shared body = x -> Dense(8);
        head a = body -> Dense(1) { loss: mse }
        head b = body -> Dense(1) { loss: mse }
        part ModelBody = [a];
    }
}

fn main() {}
