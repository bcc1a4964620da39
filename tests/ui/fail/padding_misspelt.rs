use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [8, 8, 1];
        head y = image -> AveragePool2D(2, padding = smae) -> Flatten -> Dense(1) { loss: mse }
    }
}

fn main() {}
