#[derive(Clone, Copy)]
#[repr(C)]
struct Row {
    known: bool,
}

mtl::any_bits!([] Row as Row { known: bool });

fn main() {}
