use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        shared body = x -> Dense(8, relu);
        head one = body -> Dense(1) { loss: mse }
        head two = body -> Dense(1) { loss: mse }
        part Small = one;
    }
}

fn main() {}
