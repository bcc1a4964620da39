use mtl::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Category)]
enum Region {
    North,
    #[category("NORTH")]
    Top,
}

// What is derived in spite of the error: the model has none of its own.
multitask! {
    struct Model {
        input x: one_of(Region);
        head y = x -> OneHot -> Dense(softmax) { loss: categorical_cross_entropy, classes: Region }
    }
}

fn main() {
    let _ = ModelInputs { x: Region::North };
}
