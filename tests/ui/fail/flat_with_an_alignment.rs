use mtl::Flat;

#[derive(Clone, Copy)]
#[repr(C, align(16))]
struct Scale {
    factor: f64,
}

mtl::flat!([] Scale as Scale over f64 { factor: f64 });

const _: () = assert!(Scale::LEN == 2);

fn main() {}
