use mtl::loss::ElementWise;
use mtl::prelude::*;

pub struct Expectile;

impl Expectile {
    pub const fn new() -> Self {
        Self
    }
}

impl ElementWise for Expectile {
    fn term<T: mtl::Scalar>(&self, output: T, target: T) -> (T, T) {
        let error = output - target;
        (error * error, error + error)
    }
}

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1) { loss: crate::Expectile, targets: standardized }
    }
}

fn main() {}
