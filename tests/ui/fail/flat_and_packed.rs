use mtl::Flat;

#[derive(Clone, Copy)]
#[repr(C, packed)]
struct Scale {
    factor: f64,
}

mtl::flat!([] Scale as Scale over f64 { factor: f64 });

const _: () = assert!(Scale::LEN == 1);

fn main() {}
