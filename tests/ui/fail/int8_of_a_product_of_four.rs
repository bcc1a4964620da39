use mtl::prelude::*;

multitask! {
    #[int8]
    struct Model {
        input x: [4];
        head y = (x, x, x, x) -> Multiply -> Dense(1) { loss: mse }
    }
}

fn main() {}
