use mtl::prelude::*;

mod settings {
    pub const WEIGHT: f32 = -0.5;
}

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1) { loss: mse, weight: settings::WEIGHT }
    }
}

fn main() {}
