#[derive(Clone, Copy)]
#[repr(C)]
struct Scale {
    factor: f64,
}

mtl::flat!([] &'static Scale as Scale over f64 { factor: f64 });

fn main() {}
