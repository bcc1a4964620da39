struct Tape {
    steps: &'static u64,
}

mtl::zeroable!([] Tape as Tape { steps: u64 });

fn main() {}
