use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        let (a, b) = (x, x) -> Cgc(1, 1, expert = Dense(8));
        head y = (a, b) -> Add -> Dense(1) { loss: mse }
    }
}

fn main() {}
