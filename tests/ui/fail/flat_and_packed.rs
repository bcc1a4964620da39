use mtl::Flat;

#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Scale {
    factor: f64,
}

mtl::flat!([] Scale as Scale over f64 { factor: f64 });

fn main() {
    const { assert!(Scale::LEN == 1) }
}
