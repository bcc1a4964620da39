use mtl::prelude::*;

pub struct Scale<const N: usize>;

multitask! {
    #[int8]
    struct Model {
        input x: [4];
        head y = x -> crate::Scale<4>(0.5) -> Dense(1) { loss: mse }
    }
}

fn main() {}
