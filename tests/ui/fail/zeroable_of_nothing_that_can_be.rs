#[derive(Clone, Copy)]
enum Never {}

struct Tape {
    never: Never,
}

mtl::zeroable!([] Tape as Tape { never: Never });

fn main() {}
