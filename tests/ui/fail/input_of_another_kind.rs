use mtl::prelude::*;

multitask! {
    struct Model {
        input x: klass(4);
        head y = x -> OneHot -> Dense(1) { loss: mse }
    }
}

fn main() {}
