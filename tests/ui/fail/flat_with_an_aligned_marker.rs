use mtl::Flat;

#[derive(Clone, Copy)]
#[repr(align(32))]
struct Marker;

#[derive(Clone, Copy)]
#[repr(C)]
struct Scale {
    factor: [f32; 8],
    marker: Marker,
}

mtl::flat!([] Marker as Marker over f32 {});
mtl::flat!([] Scale as Scale over f32 { factor: [f32; 8], marker: Marker });

const _: () = assert!(Scale::LEN == 8);

fn main() {}
