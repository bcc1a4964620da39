use mtl::prelude::*;

const COUNT: usize = 2;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> MixtureOfExperts(COUNT, expert = Dense(4)) -> Dense(1) { loss: mse }
    }
}

fn main() {}
