use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
enum Region {
    North,
    South(u8),
}

fn main() {}
