use mtl::prelude::*;

multitask! {
    #[int8]
    struct Model {
        input x: [4];
        head y = x -> Dense(2) -> Piecewise(4) -> Dense(1) { loss: mse }
    }
}

fn main() {}
