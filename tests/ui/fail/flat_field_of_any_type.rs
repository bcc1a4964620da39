#[derive(Clone, Copy)]
#[repr(C)]
struct Scale<F> {
    factor: F,
}

mtl::flat!([F: Copy] Scale<F> as Scale over f64 { factor: F });

fn main() {}
