//! Reads the digits of the test split and tells how many it got right: `cargo run --profile firmware -p firmware`.
#![no_std]
#![no_main]

use digits_model::{Digits, inputs};
use firmware::{TEST, entry, print, print_number, print_percentage};

static MODEL: Digits = mtl::embed!(Digits, "../weights/digits.safetensors");

entry!(run);

fn run() -> i32 {
    let (mut digits, mut odd) = (0, 0);
    for [pixels @ .., digit] in TEST {
        let outputs = MODEL.predict(&inputs(pixels));
        digits += u32::from(outputs.digit.class() == usize::from(*digit));
        odd += u32::from((outputs.odd > 0.5) == (digit % 2 == 1));
    }
    let count = TEST.len() as u32;
    print_number(count);
    print(b" digits: ");
    print_percentage(digits, count);
    print(b" read, ");
    print_percentage(odd, count);
    print(b" told odd from even\n");
    0
}
