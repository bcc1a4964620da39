use mtl::prelude::*;

multitask! {
    struct Model<const HOMES: usize> {
        input home: class(HOMES, unknown);
        head y = home -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
