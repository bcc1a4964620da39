#[derive(Clone, Copy)]
#[repr(C)]
struct Scale {
    factor: [f32; 2],
}

mtl::flat!([] Scale as Scale over f64 { factor: [f32; 2] });

fn main() {}
