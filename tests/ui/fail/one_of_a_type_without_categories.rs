use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Region {
    North,
    South,
}

multitask! {
    struct Model {
        input x: one_of(Region);
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
