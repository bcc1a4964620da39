use mtl::kernel::Vector;

#[derive(Clone, Copy)]
struct Mine(f32);

impl Vector<f32> for Mine {
    const LANES: usize = 1000;
    const REGISTERS: usize = 1;
    const MASKED: bool = true;
    const ZERO: Self = Self(0.0);

    fn splat(value: f32) -> Self {
        Self(value)
    }
    unsafe fn load(_: *const f32) -> Self {
        Self(0.0)
    }
    unsafe fn load_partial(_: *const f32, _: usize) -> Self {
        Self(0.0)
    }
    unsafe fn store(self, _: *mut f32) {}
    unsafe fn store_partial(self, _: *mut f32, _: usize) {}
    fn mul_add(self, _: Self, _: Self) -> Self {
        self
    }
    fn add(self, _: Self) -> Self {
        self
    }
    fn interleave(self, other: Self) -> (Self, Self) {
        (self, other)
    }
    fn transpose(_: impl Fn(usize) -> Self, _: impl Fn(usize, Self)) {}
}

fn main() {}
