use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(softmax) { loss: categorical_cross_entropy, classes: { Poor, Good, Fair = "good" } }
    }
}

// What the declaration would have made is there in spite of the error.
fn main() {
    let _ = ModelTargets { y: ModelY::Poor };
    let _ = |outputs: ModelOutputs| outputs.y.class() == ModelY::Good;
}
