use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        layer tower = Dense(8);
        head y = tower -> Dense(1) { loss: mse }
        head z = x -> tower { loss: mse }
    }
}

fn main() {}
