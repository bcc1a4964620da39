use mtl::prelude::*;

multitask! {
    struct Model {
        input x: { age?, income };
        head y = x { loss: mse }
    }
}

fn main() {}
