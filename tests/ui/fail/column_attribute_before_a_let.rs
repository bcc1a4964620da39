use mtl::prelude::*;

multitask! {
    struct Model {
        input x: [2];
        #[column = "a"]
        let z = x -> Dense(2);
        head y = z -> Dense(1) { loss: mse }
    }
}

fn main() {}
