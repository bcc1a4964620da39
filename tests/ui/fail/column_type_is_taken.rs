use mtl::prelude::*;

multitask! {
    struct Model {
        input inputs: { age };
        head y = inputs -> Dense(1) { loss: mse }
    }
}

fn main() {}
