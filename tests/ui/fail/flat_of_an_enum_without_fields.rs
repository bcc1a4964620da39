use Unit::Metre;

#[derive(Clone, Copy)]
#[repr(u32)]
enum Unit {
    Metre,
}

mtl::flat!([] Unit as Metre over f32 {});

fn main() {}
