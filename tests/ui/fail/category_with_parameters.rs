use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
enum Region<const N: usize> {
    North,
    South,
}

fn main() {}
