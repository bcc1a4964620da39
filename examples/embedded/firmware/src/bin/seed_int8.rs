//! The model of `seed_size` in eight bits, to measure the code beside the weights.
#![no_std]
#![no_main]

use core::hint::black_box;

use firmware::entry;

mtl::multitask! {
    #[int8]
    struct Seed {
        input record: [16];
        shared body = record -> Dense(64, relu) -> Dense(64, relu);
        head risk = body -> Dense(20, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head kind = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

static MODEL: SeedInt8 = mtl::flat::zeroed();

entry!(run);

fn run() -> i32 {
    // What the weights are is hidden from the compiler, which would compute with zeros in advance.
    let outputs = black_box(&MODEL).predict(black_box(&SeedInputs { record: [1.0; 16] }));
    i32::from(outputs.risk != 0.5 || outputs.kind.class() != 0)
}
