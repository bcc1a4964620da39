#[derive(Clone, Copy)]
#[repr(C)]
struct Nothing;

mtl::flat!([] Nothing as Nothing over f32 {});
mtl::flat!([] Nothing as Nothing over f64 {});

fn main() {}
