use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
enum Region {
    North,
    #[category("NORTH")]
    Top,
}

fn main() {}
