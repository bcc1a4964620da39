use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        layer relu = Dense(8);
        head y = x -> relu -> Dense(1) { loss: mse }
    }
}

fn main() {}
