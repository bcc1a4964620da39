use mtl::prelude::*;

multitask! {
}

fn main() {}
