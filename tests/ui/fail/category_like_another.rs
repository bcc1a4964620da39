use mtl::prelude::*;

multitask! {
    struct Model {
        input x: one_of { North, Top = "nor-th" };
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
