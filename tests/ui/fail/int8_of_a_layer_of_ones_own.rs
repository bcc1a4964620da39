use mtl::prelude::*;

multitask! {
    #[int8]
    struct Model {
        input x: [4];
        head y = x -> crate::Scale<4>(0.5) -> Dense(1) { loss: mse }
    }
}

fn main() {}
