use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        layer tower = Dense(8) -> tower;
        head y = x -> tower -> Dense(1) { loss: mse }
    }
}

fn main() {}
