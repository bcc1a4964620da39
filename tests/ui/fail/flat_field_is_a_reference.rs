#[derive(Clone, Copy)]
#[repr(C)]
struct Scale {
    factor: &'static f64,
}

mtl::flat!([] Scale as Scale over f64 { factor: f64 });

fn main() {}
