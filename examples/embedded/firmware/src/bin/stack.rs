//! The deepest that the stack gets in a prediction and in a training step of the seed model, beside what the model says of it.
#![no_std]
#![no_main]

use core::hint::black_box;

use firmware::{entry, print, print_number, stack_used};
use mtl::Model;
use mtl::optimizer::Adam;
use mtl::stepper::Stepper;

mtl::multitask! {
    #[int8]
    struct Seed {
        input record: [16];
        shared body = record -> Dense(64, relu) -> Dense(64, relu);
        head risk = body -> Dense(20, relu) -> Dense(1, sigmoid) { loss: binary_cross_entropy }
        head kind = body -> Dense(20, relu) -> Dense(3, softmax) { loss: categorical_cross_entropy }
    }
}

static mut MODEL: Seed = mtl::flat::zeroed();
static mut MODEL_INT8: SeedInt8 = mtl::flat::zeroed();
static mut STEPPER: Stepper<Seed, 8, 2> = mtl::flat::zeroed();
static RECORD: SeedInputs = SeedInputs { record: [1.0; 16] };

entry!(run);

fn run() -> i32 {
    tell(b"predict ", stack_used(predict));
    tell(b"declared ", Seed::<f32>::STACK_BYTES);
    let plain = stack_used(predict_int8);
    // With this in every byte each layer gives low bytes that can.
    // SAFETY: a model may be of any bits, and there is no reference to it now.
    unsafe { (&raw mut MODEL_INT8).cast::<u8>().write_bytes(128, size_of::<SeedInt8>()) };
    tell(b"int8 ", plain.max(stack_used(predict_int8)));
    tell(b"int8_declared ", <SeedInt8 as mtl::int8::Int8Model>::STACK_BYTES);
    tell(b"step ", stack_used(step));
    0
}

fn tell(name: &[u8], bytes: usize) {
    print(name);
    print_number(bytes as u32);
    print(b"\n");
}

fn predict() {
    let model = &raw const MODEL;
    // SAFETY: there are no threads, and no other reference to the model is alive.
    black_box(unsafe { &*model }.predict(black_box(&RECORD)));
}

fn predict_int8() {
    let model = &raw const MODEL_INT8;
    // SAFETY: as above.
    black_box(unsafe { &*black_box(model) }.predict(black_box(&RECORD)));
}

fn step() {
    static ROW: (SeedInputs, SeedTargets) = (RECORD_OF_ONES, SeedTargets { risk: 1.0, kind: 2 });
    const RECORD_OF_ONES: SeedInputs = SeedInputs { record: [1.0; 16] };
    let (model, stepper) = (&raw mut MODEL, &raw mut STEPPER);
    // SAFETY: there are no threads, and no other reference to these is alive.
    let (model, stepper) = unsafe { (&mut *model, &mut *stepper) };
    let _ = black_box(stepper.step(model, &Adam::new(0.01), black_box(core::slice::from_ref(&ROW))));
}
