use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
enum Region {
    #[category(north)]
    North,
    South,
}

fn main() {}
