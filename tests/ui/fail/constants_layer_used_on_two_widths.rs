use mtl::prelude::*;

const LEFT: usize = 4;
const RIGHT: usize = 5;

multitask! {
    struct Model {
        input left: [LEFT];
        input right: [RIGHT];
        layer tower = Dense(8);
        head y = (left -> tower, right -> tower) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
