use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        input other: [3];
        head y = x -> Dense(8, rleu) -> Dense(1) { loss: mes }
    }
}

fn main() {}
