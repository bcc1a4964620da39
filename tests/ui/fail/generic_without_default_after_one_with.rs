use mtl::prelude::*;

multitask! {
    struct Model<const A: usize = 3, const B: usize> {
        input x: [A];
        head y = x -> Dense(B) { loss: mse }
    }
}

fn main() {}
