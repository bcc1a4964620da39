//! The models of mtl in eight bits, embedded like those of `mtl.rs`: the small one as `src/bin/quantize.rs` writes it, that of the digits from
//! `examples/embedded`, which was calibrated on its training split.
#![no_std]

use mtl::multitask;

multitask! {
    #[int8]
    struct Seed {
        input x: [16];
        shared body = x -> Dense(64, relu) -> Dense(64, relu);
        head a = body -> Dense(20, relu) -> Dense(1) { loss: mse }
        head b = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

multitask! {
    #[int8]
    struct Digits {
        input image: [64];
        shared body = image -> Dense(48, relu) -> Dropout(0.1) -> Dense(32, relu);
        head digit = body -> Dense(10, softmax) { loss: categorical_cross_entropy }
        head odd = body -> Dense(16, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy, weight: 0.3 }
    }
}

static SEED: SeedInt8 = mtl::embed!(SeedInt8, "target/tasks/seed_mtl_int8.safetensors");
static DIGITS: DigitsInt8 = mtl::embed!(DigitsInt8, "../../examples/embedded/weights/digits_int8.safetensors");

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn seed_predict(inputs: &[f32; 16], outputs: &mut [f32; 4]) {
    let heads = SEED.predict(&SeedInputs { x: *inputs });
    let [a, b @ ..] = outputs;
    *a = heads.a;
    *b = heads.b.into();
}

// SAFETY: no other function of the program has this name.
#[unsafe(no_mangle)]
extern "C" fn digits_predict(inputs: &[f32; 64], outputs: &mut [f32; 11]) {
    let heads = DIGITS.predict(&DigitsInputs { image: *inputs });
    let [digit @ .., odd] = outputs;
    *digit = heads.digit.into();
    *odd = heads.odd;
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}
