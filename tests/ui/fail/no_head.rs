use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let _a = x -> Dense(1);
    }
}

fn main() {}
