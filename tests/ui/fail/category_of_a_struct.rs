use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
struct Region {
    north: bool,
}

fn main() {}
