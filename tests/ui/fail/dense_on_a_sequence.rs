use mtl::prelude::*;

multitask! {
    struct Model {
        input series: [24, 3];
        head y = series -> Dense(1) { loss: mse }
    }
}

fn main() {}
