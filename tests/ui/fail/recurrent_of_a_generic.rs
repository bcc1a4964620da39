use mtl::prelude::*;

multitask! {
    struct Model<const UNITS: usize> {
        input days: [14, 6];
        head y = days -> Gru(UNITS) -> Dense(1) { loss: mse }
    }
}

fn main() {}
