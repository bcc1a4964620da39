#[derive(Clone, Copy)]
#[repr(C)]
struct Row {
    bytes: &'static [u8; 4],
}

mtl::any_bits!([] Row as Row { bytes: [u8; 4] });

fn main() {}
