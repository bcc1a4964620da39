use std::num::NonZero;

struct Tape {
    steps: NonZero<u64>,
}

mtl::zeroable!([] Tape as Tape { steps: NonZero<u64> });

fn main() {}
