//! What a prediction takes of the processor's clock, in `f32` and in eight bits: the mean of the first 32 digits.
//!
//! On a board these are cycles, on x86-64 those of the time-stamp counter. In an emulator that takes an instruction for a nanosecond a tick is as many
//! instructions as a tick of the board's clock has nanoseconds: 40 on the `mps2-an386`, 62.5 on the `microbit`.
#![no_std]
#![no_main]

use core::hint::black_box;

use digits_model::{Digits, DigitsInputs, DigitsInt8, inputs};
use firmware::{TEST, entry, print, print_number, ticks};

static MODEL: Digits = mtl::embed!(Digits, "../weights/digits.safetensors");
static MODEL_INT8: DigitsInt8 = mtl::embed!(DigitsInt8, "../weights/digits_int8.safetensors");

entry!(run);

fn run() -> i32 {
    tell(b"f32 ", |inputs| {
        black_box(MODEL.predict(inputs));
    });
    tell(b"int8 ", |inputs| {
        black_box(MODEL_INT8.predict(inputs));
    });
    0
}

fn tell(name: &[u8], predict: impl Fn(&DigitsInputs)) {
    const COUNT: usize = 32;
    let mut sum = 0;
    for [pixels @ .., _] in &TEST[..COUNT] {
        let inputs = black_box(inputs(pixels));
        let start = ticks();
        predict(&inputs);
        sum += ticks().wrapping_sub(start) & (u32::MAX >> 8);
    }
    print(name);
    print_number(sum / COUNT as u32);
    print(b" ticks\n");
}
