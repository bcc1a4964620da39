use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [4, 4, 3];
        input sound: [40, 3];
        let large = image -> SeparableConv2D(8, relu, kernel = 5);
        let sequence = sound -> SeparableConv2D(8);
        let kernel = image -> SeparableConv2D(8, 3);
        head y = (large -> Flatten, sequence -> Flatten, kernel -> Flatten) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
