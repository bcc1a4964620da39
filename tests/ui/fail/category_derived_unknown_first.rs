use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
enum Region {
    #[category(unknown)]
    Other,
    South,
}

fn main() {}
