#[derive(Clone, Copy)]
#[repr(C)]
union Scale {
    factor: f64,
    nothing: (),
}

mtl::flat!([] Scale as Scale over f64 { factor: f64 });

fn main() {}
