use mtl::prelude::*;

multitask! {
    struct Model
}

fn main() {}
