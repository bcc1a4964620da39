//! As `firmware`, in eight bits: whole numbers between the pixels and the two heads.
#![no_std]
#![no_main]

use digits_model::{DigitsInt8, inputs};
use firmware::{TEST, entry, print, print_number, print_percentage};

static MODEL: DigitsInt8 = mtl::embed!(DigitsInt8, "../weights/digits_int8.safetensors");

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
