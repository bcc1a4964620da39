use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        input z: [5];
        layer tower = Dense(8);
        head y = (x -> tower, z -> tower) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
