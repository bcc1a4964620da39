use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1, exponential) { loss: poisson, targets: standardized }
    }
}

fn main() {}
