use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [8];
        let wide = x -> PRelu(shared_axes = [1, 2]);
        let zero = x -> PRelu(shared_axes = [0]);
        let one = x -> PRelu(shared_axes = 1);
        head y = (wide, zero, one) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
