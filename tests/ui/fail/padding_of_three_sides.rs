use mtl::prelude::*;

multitask! {
    struct Model {
        input image: [8, 8, 1];
        let three = image -> ZeroPadding2D([1, 2, 1]);
        let word = image -> ZeroPadding2D(same);
        let negative = image -> ZeroPadding2D([[0, -1], [0, 1]]);
        head y = (three -> Flatten, word -> Flatten, negative -> Flatten) -> Concat -> Dense(1) { loss: mse }
    }
}

fn main() {}
