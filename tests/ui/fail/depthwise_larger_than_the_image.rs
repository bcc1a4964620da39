use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [4, 4, 3];
        let large = image -> DepthwiseConv2D(5, relu);
        let filters = image -> DepthwiseConv2D(filters = 8);
        let stride = image -> DepthwiseConv2D(3, 2);
        head y = (large -> Flatten, filters -> Flatten, stride -> Flatten) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
