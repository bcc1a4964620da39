use mtl::prelude::*;

multitask! {
    struct Model {
        input x: one_of { North, South, North };
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

// What the declaration would have made is there in spite of the error.
fn main() {
    let _ = ModelInputs { x: ModelX::North };
    let _ = ModelX::all().count();
}
