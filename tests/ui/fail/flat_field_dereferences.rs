use std::ops::Deref;

#[derive(Clone, Copy)]
struct Named(&'static str, f64);

impl Deref for Named {
    type Target = f64;
    fn deref(&self) -> &f64 {
        &self.1
    }
}

#[derive(Clone, Copy)]
#[repr(C)]
struct Scale {
    factor: Named,
}

mtl::flat!([] Scale as Scale over f64 { factor: f64 });

fn main() {}
