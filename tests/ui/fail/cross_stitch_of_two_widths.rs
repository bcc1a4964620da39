use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let (a, b) = (x -> Dense(8), x) -> CrossStitch;
        head y = a -> Dense(1) { loss: mse }
        head z = b -> Dense(1) { loss: mse }
    }
}

fn main() {}
