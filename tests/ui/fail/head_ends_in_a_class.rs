use mtl::prelude::*;

multitask! {
    struct Model {
        input month: class(12);
        head y = month { loss: mse }
    }
}

fn main() {}
