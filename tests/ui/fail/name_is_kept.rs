use mtl::prelude::*;

#[allow(non_upper_case_globals)]
const __values: usize = 4;

multitask! {
    struct Model {
        input x: [4];
        head y = x -> Dense(__values, relu) -> Dense(self::__values) -> Dense(1) { loss: mse }
    }
}

fn main() {}
