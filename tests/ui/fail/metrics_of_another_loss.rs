use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(1, sigmoid) { loss: mse, metrics: [accuracy, auc] }
    }
}

fn main() {}
