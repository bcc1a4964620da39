use mtl::prelude::*;

multitask! {
    struct Model {
        input sound: [40, 3];
        head y = sound -> DepthwiseConv2D -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
