use Scale::By;

#[derive(Clone, Copy)]
#[repr(u64)]
enum Scale {
    By { factor: f64 },
}

mtl::flat!([] Scale as By over f64 { factor: f64 });

fn main() {}
