use mtl::Flat;

#[derive(Clone, Copy)]
#[repr(C)]
struct Scale {
    factor: f64,
    offset: [f64; 2],
}

mtl::flat!([] Scale as Scale over f64 { offset: [f64; 2], factor: f64 });

const _: () = assert!(Scale::LEN == 3);

fn main() {}
